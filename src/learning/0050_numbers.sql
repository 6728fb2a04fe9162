-- how far the learners of a work are: the owner's numbers ask that
create index progress_work on progress (work_id, lesson_key, user_id);

create index consent_of_user on consent (user_id, agreement);

create table creator (
	id {I64} primary key,
	user_id {I64} unique,
	name {TEXT} not null unique,
	slug {TEXT} not null unique,
	about {TEXT} not null,
	created_ms {I64} not null
) {STRICT};

create table category (
	id {I64} primary key,
	slug {TEXT} not null unique,
	name {TEXT} not null,
	position {I64} not null
) {STRICT};

create table work (
	id {I64} primary key,
	creator_id {I64} not null references creator (id),
	category_id {I64} references category (id),
	slug {TEXT} not null unique,
	kind {TEXT} not null check (kind in ('course', 'column', 'ebook', 'audio', 'video')),
	state {TEXT} not null check (state in ('draft', 'in-review', 'published', 'unlisted', 'archived', 'suspended', 'withdrawn')),
	language {TEXT} not null,
	title {TEXT} not null,
	subtitle {TEXT},
	summary {TEXT} not null,
	for_whom {TEXT} not null,
	tags {TEXT} not null,
	price {I64} not null check (price >= 0),
	edition_id {I64},
	lesson_count {I64} not null,
	sales {I64} not null check (sales >= 0),
	popularity {I64} not null,
	head_hash {TEXT} not null,
	hue {I64} not null,
	pattern {I64} not null,
	source {TEXT} unique,
	created_ms {I64} not null,
	published_ms {I64} not null,
	changed_ms {I64} not null
) {STRICT};

-- each list is one walk along one of these
create index work_new on work (state, published_ms, id);
create index work_popular on work (state, popularity, id);
create index work_category_new on work (category_id, state, published_ms, id);
create index work_category_popular on work (category_id, state, popularity, id);
create index work_creator on work (creator_id, published_ms, id);

create table edition (
	id {I64} primary key,
	work_id {I64} not null references work (id),
	number {I64} not null,
	revision {I64} not null,
	hash {TEXT} not null,
	created_ms {I64} not null,
	changed_ms {I64} not null,
	unique (work_id, number)
) {STRICT};

create table section (
	edition_id {I64} not null references edition (id),
	position {I64} not null,
	title {TEXT} not null,
	primary key (edition_id, position)
) {STRICT};

-- content by its hash: never changed, shared by editions and revisions
create table lesson_content (
	hash {TEXT} primary key,
	doc {TEXT} not null,
	plain {TEXT} not null
) {STRICT};

create table lesson (
	edition_id {I64} not null references edition (id),
	lesson_key {TEXT} not null,
	position {I64} not null,
	section {I64} not null,
	title {TEXT} not null,
	free {I64} not null check (free in (0, 1)),
	minutes {I64} not null,
	content_hash {TEXT} not null references lesson_content (hash),
	primary key (edition_id, lesson_key)
) {STRICT};
create unique index lesson_position on lesson (edition_id, position);

create table quiz (
	edition_id {I64} not null references edition (id),
	quiz_key {TEXT} not null,
	lesson_key {TEXT} not null,
	position {I64} not null,
	title {TEXT} not null,
	items {TEXT} not null,
	primary key (edition_id, quiz_key)
) {STRICT};
create index quiz_lesson on quiz (edition_id, lesson_key, position);

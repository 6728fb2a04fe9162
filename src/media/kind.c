/* kind.c - which files are taken, and whether their first bytes are what their name says. */
#include "media/asset.h"

const struct problem upload_kind_refused = { 415, "upload-kind-refused", "Files of this kind are not taken." };
const struct problem upload_kind_wrong = { 415, "upload-kind-wrong", "The file is not what its name says." };

const char *const asset_kind_names[] = {
#define X_NAME(kind, name) [ASSET_##kind] = name,
	ASSET_KINDS(X_NAME) NULL
#undef X_NAME
};
const char *const asset_state_names[] = {
#define X_NAME(state, name) [ASSET_##state] = name,
	ASSET_STATES(X_NAME) NULL
#undef X_NAME
};

static bool is_at(struct text t, size_t i, struct text what) { return text_starts(text_from(t, i), what); }

static bool is_iso(struct text t) { return t.length >= 12 && is_at(t, 4, TEXT("ftyp")); }
/* QuickTime of old begins with another box */
static bool is_mov(struct text t)
{
	return is_iso(t) || is_at(t, 4, TEXT("moov")) || is_at(t, 4, TEXT("mdat")) || is_at(t, 4, TEXT("wide")) || is_at(t, 4, TEXT("free"));
}
static bool is_matroska(struct text t) { return text_starts(t, TEXT("\x1A\x45\xDF\xA3")); }
static bool is_avi(struct text t) { return text_starts(t, TEXT("RIFF")) && is_at(t, 8, TEXT("AVI ")); }
static bool is_flv(struct text t) { return text_starts(t, TEXT("FLV\x01")); }
static bool is_asf(struct text t) { return text_starts(t, TEXT("\x30\x26\xB2\x75\x8E\x66\xCF\x11")); }
static bool is_mpeg(struct text t) { return t.length > 4 && !memcmp(t.at, "\0\0\1\xBA", 4); }
static bool is_wave(struct text t) { return text_starts(t, TEXT("RIFF")) && is_at(t, 8, TEXT("WAVE")); }
static bool is_flac(struct text t) { return text_starts(t, TEXT("fLaC")); }
static bool is_ogg(struct text t) { return text_starts(t, TEXT("OggS")); }
static bool is_image(struct text t)
{
	return text_starts(t, TEXT("\x89PNG\r\n\x1a\n")) || text_starts(t, TEXT("\xFF\xD8\xFF")) || text_starts(t, TEXT("GIF8")) ||
	       (text_starts(t, TEXT("RIFF")) && is_at(t, 8, TEXT("WEBP")));
}
static bool is_pdf(struct text t) { return text_starts(t, TEXT("%PDF-")); }
static bool is_zip(struct text t) { return text_starts(t, TEXT("PK\x03\x04")); }

/* A frame of MPEG audio: eleven bits of ones; layer 0 is ADTS. */
static bool is_sync(struct text t, bool adts)
{
	return t.length > 4 && (unsigned char)t.at[0] == 0xFF && ((unsigned char)t.at[1] & 0xE0) == 0xE0 && (((unsigned char)t.at[1] & 0x06) == 0) == adts;
}
static bool is_mp3(struct text t) { return text_starts(t, TEXT("ID3")) || is_sync(t, false); }
static bool is_aac(struct text t) { return text_starts(t, TEXT("ID3")) || is_sync(t, true); }

/* Whatever its encoding, a text has no control characters, and is none of the other kinds. */
static bool is_text(struct text t)
{
	for (size_t i = 0; i < t.length; i++) {
		unsigned char c = (unsigned char)t.at[i];

		if (c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f')
			return false;
	}
	return !is_pdf(t) && !is_zip(t) && !is_image(t);
}
static bool is_vtt(struct text t)
{
	struct text rest = text_starts(t, TEXT("\xEF\xBB\xBF")) ? text_from(t, 3) : t;

	return text_starts(rest, TEXT("WEBVTT")) && is_text(rest);
}

static const struct {
	const char *ext;
	enum asset_kind kind;
	bool (*is)(struct text head);
	const char *format;
} kinds[] = {
	{ "mp4", ASSET_VIDEO, is_iso, "mov" },
	{ "m4v", ASSET_VIDEO, is_iso, "mov" },
	{ "mov", ASSET_VIDEO, is_mov, "mov" },
	{ "mkv", ASSET_VIDEO, is_matroska, "matroska" },
	{ "webm", ASSET_VIDEO, is_matroska, "matroska" },
	{ "avi", ASSET_VIDEO, is_avi, "avi" },
	{ "flv", ASSET_VIDEO, is_flv, "flv" },
	{ "wmv", ASSET_VIDEO, is_asf, "asf" },
	{ "mpg", ASSET_VIDEO, is_mpeg, "mpeg" },
	{ "mpeg", ASSET_VIDEO, is_mpeg, "mpeg" },
	{ "mp3", ASSET_AUDIO, is_mp3, "mp3" },
	{ "m4a", ASSET_AUDIO, is_iso, "mov" },
	{ "aac", ASSET_AUDIO, is_aac, "aac" },
	{ "wav", ASSET_AUDIO, is_wave, "wav" },
	{ "flac", ASSET_AUDIO, is_flac, "flac" },
	{ "ogg", ASSET_AUDIO, is_ogg, "ogg" },
	{ "opus", ASSET_AUDIO, is_ogg, "ogg" },
	{ "png", ASSET_IMAGE, is_image, NULL },
	{ "jpg", ASSET_IMAGE, is_image, NULL },
	{ "jpeg", ASSET_IMAGE, is_image, NULL },
	{ "gif", ASSET_IMAGE, is_image, NULL },
	{ "webp", ASSET_IMAGE, is_image, NULL },
	{ "pdf", ASSET_PDF, is_pdf, NULL },
	{ "vtt", ASSET_CAPTIONS, is_vtt, NULL },
	{ "zip", ASSET_FILE, is_zip, NULL },
	{ "docx", ASSET_FILE, is_zip, NULL },
	{ "pptx", ASSET_FILE, is_zip, NULL },
	{ "xlsx", ASSET_FILE, is_zip, NULL },
	{ "epub", ASSET_FILE, is_zip, NULL },
	{ "txt", ASSET_FILE, is_text, NULL },
	{ "csv", ASSET_FILE, is_text, NULL },
	{ "md", ASSET_FILE, is_text, NULL },
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static size_t find_kind(struct text ext)
{
	size_t i = 0;

	while (i < KINDS && !text_eq_nocase(ext, text_of(kinds[i].ext)))
		i++;
	return i;
}

bool kind_of_name(struct text name, enum asset_kind *ret, struct text *ret_ext)
{
	struct text ext = name;
	size_t i;

	while (ext.length && text_find_char(ext, '.') != SIZE_MAX)
		ext = text_from(ext, text_find_char(ext, '.') + 1);
	i = ext.length < name.length ? find_kind(ext) : KINDS;
	if (i == KINDS)
		return false;
	*ret = kinds[i].kind;
	*ret_ext = text_of(kinds[i].ext);
	return true;
}

bool kind_agrees(struct text ext, struct text head)
{
	size_t i = find_kind(ext);

	return i < KINDS && kinds[i].is(head);
}

const char *kind_format(struct text ext)
{
	size_t i = find_kind(ext);

	return i < KINDS ? kinds[i].format : NULL;
}

/* By what we name the files that we make; what we did not make is for download only. */
struct text kind_content_type(struct text served)
{
	static const struct {
		const char *end, *type;
	} types[] = { { ".mp4", "video/mp4" }, { ".m4a", "audio/mp4" }, { ".jpg", "image/jpeg" }, { ".json", "application/json" },
	              { ".vtt", "text/vtt; charset=utf-8" }, { ".txt", "text/plain; charset=utf-8" } };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (text_ends(served, text_of(types[i].end)))
			return text_of(types[i].type);
	}
	return TEXT("application/octet-stream");
}

/* crypto_test.c - encodings against RFC 4648, digests against FIPS and RFC vectors, the keyring's life on disk, sealed
 * fields that are moved or changed, passwords, signed roots against RFC 8032. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/testing.h"
#include "crypto/inside.h"

static struct arena *arena;
static struct world *world;
static char folder[] = "/tmp/crypto_test.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 24);
	world = world_test(1767225600000, 7);
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	arena_free(arena);
	world_close(world);
	return system(command);
}

static struct text from_hex(const char *hex)
{
	struct text bytes;

	assert_true(hex_decode(arena, text_of(hex), &bytes));
	return bytes;
}

static const char *path_of(const char *name)
{
	return arena_format(arena, "%s/%s", folder, name).at;
}

static void test_base64(void **state)
{
	static const char *const plain[] = { "", "f", "fo", "foo", "foob", "fooba", "foobar" };
	static const char *const coded[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	struct text bytes;

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		assert_text(base64_encode(arena, text_of(plain[i])), coded[i]);
		assert_true(base64_decode(arena, text_of(coded[i]), &bytes));
		assert_text(bytes, plain[i]);
	}
	assert_text(base64_encode(arena, from_hex("fbfffe")), "+//+");
	assert_text(base64url_encode(arena, from_hex("fbfffe")), "-__-");
	assert_text(base64url_encode(arena, TEXT("f")), "Zg");
	assert_true(base64url_decode(arena, TEXT("Zm9vYg"), &bytes));
	assert_text(bytes, "foob");
}

static void test_base64_is_strict(void **state)
{
	static const char *const refused[] = {
		"Z",        "Zg",       "Zg=",     "Zg===", "=",     "==",    "===",     "====",   "Zm9v=",
		"Zm9v====", "Zg==Zg==", "Zh==",    "Zm9=",  "Zm 9v", " Zm9v", "Zm9v ",   "Zm9v\n", "Zm\n9v",
		"Zm9v\r\n", "-__-",     "Zm9\x80", "Zm9*",  "Z=g=",  "=Zg=",  "Zm9vYg=", "Zg==\n",
	};
	static const char *const refused_url[] = { "Zg==", "Z", "Zh", "Zm9", "+//+", "Zm9vY", "Zm9v " };
	struct text bytes = TEXT("untouched");

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(base64_decode(arena, text_of(refused[i]), &bytes));
	for (size_t i = 0; i < sizeof(refused_url) / sizeof(refused_url[0]); i++)
		assert_false(base64url_decode(arena, text_of(refused_url[i]), &bytes));
	assert_false(base64_decode(arena, (struct text){ "Zm9v\0AAA", 8 }, &bytes));
	assert_text(bytes, "untouched");
}

static void test_hex(void **state)
{
	struct text bytes = TEXT("untouched");

	(void)state;
	assert_text(hex_encode(arena, (struct text){ "\0\x7f\x80\xff", 4 }), "007f80ff");
	assert_false(hex_decode(arena, TEXT("0"), &bytes));
	assert_false(hex_decode(arena, TEXT("0g"), &bytes));
	assert_false(hex_decode(arena, TEXT("0x"), &bytes));
	assert_text(bytes, "untouched");
	assert_true(hex_decode(arena, TEXT("aAfF09"), &bytes));
	assert_text(bytes, "\xaa\xff\x09");
}

static void test_digests(void **state)
{
	CLEANUP(sha256_drop) struct sha256_stream stream = sha256_begin();
	struct sha256 sum;

	(void)state;
	assert_text(sha256_hex(arena, TEXT("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_text(sha256_hex(arena, (struct text){ 0 }),
		    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_text(sha1_hex(arena, TEXT("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
	sha256_add(&stream, TEXT("a"));
	sha256_add(&stream, (struct text){ 0 });
	sha256_add(&stream, TEXT("bc"));
	sum = sha256_end(&stream);
	assert_memory_equal(sum.at, sha256_of(TEXT("abc")).at, SHA256_BYTES);
	/* RFC 4231, cases 2 and 6 */
	sum = hmac_sha256(TEXT("Jefe"), TEXT("what do ya want for nothing?"));
	assert_text(hex_encode(arena, (struct text){ (char *)sum.at, 32 }),
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	sum = hmac_sha256((struct text){ memset(arena_alloc(arena, 131), 0xaa, 131), 131 },
			  TEXT("Test Using Larger Than Block-Size Key - Hash Key First"));
	assert_text(hex_encode(arena, (struct text){ (char *)sum.at, 32 }),
		    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void test_secrets(void **state)
{
	struct text a = token_make(arena, world, 32), b = token_make(arena, world, 32);

	(void)state;
	assert_int_equal(a.length, 43);
	assert_false(secret_eq(a, b));
	assert_true(secret_eq(a, arena_text(arena, a)));
	assert_false(secret_eq(a, text_head(a, 42)));
	assert_true(secret_eq(TEXT(""), (struct text){ 0 }));
}

static void test_keys_refused(void **state)
{
	/* 1024 bits; an elliptic curve */
	static const char weak[] = "-----BEGIN PUBLIC KEY-----\n"
				   "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCcZqOGOOa5zh+W7HEyEOrZZdF3\n"
				   "GmcRzA/tQx/b8UJFrGwtFLCc3D8mtnyuK+dhjNn0VT7CQ6PC5JE2lWV5bXNzkpsT\n"
				   "jKorcI/LCpdw2NsaC8KMZkFnK+eJhUjiDgeuc6AuctmQOKCItSjJz2nYkZtNkQQv\n"
				   "X5hY+CFUvY7jNtgxjQIDAQAB\n"
				   "-----END PUBLIC KEY-----\n";
	static const char curve[] = "-----BEGIN PUBLIC KEY-----\n"
				    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE92q7rZCGryiGXD33X4uCFIA6IB2U\n"
				    "142iFqyIKOqD5ob8EGlfXbfwgVHcwW7TrYvljQ7pXfEKl4MAPwTLNMEy5w==\n"
				    "-----END PUBLIC KEY-----\n";
	struct rsa_key *key = NULL;

	(void)state;
	assert_problem(rsa_public_read(text_of(weak), &key), key_unusable);
	assert_problem(rsa_public_read(text_of(curve), &key), key_unusable);
	assert_problem(rsa_private_read(text_of(weak), &key), key_unusable);
	assert_problem(rsa_public_read((struct text){ 0 }, &key), key_unusable);
	assert_problem(rsa_private_read(TEXT(""), &key), key_unusable);
	assert_problem(rsa_private_read(TEXT("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), &key),
		       key_unusable);
	assert_problem(rsa_public_read(TEXT("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), &key),
		       key_unusable);
	assert_null(key);
}

static struct rsa_key *rsa_key_make(void)
{
	const char *path = path_of("rsa.pem");
	struct rsa_key *key = NULL;
	struct text pem;

	assert_int_equal(system(arena_format(arena, "umask 077; openssl genrsa -out %s 2048 2>/dev/null", path).at), 0);
	assert_done(secret_file_read(path, 8192, arena, &pem));
	assert_done(rsa_private_read(pem, &key));
	return key;
}

static void test_oaep(void **state)
{
	struct rsa_key *key = rsa_key_make();
	struct text sealed, again, plain = TEXT("untouched"), name = TEXT("张三"),
				   most = { arena_alloc(arena, 215), 214 };

	(void)state;
	assert_done(rsa_oaep_seal(key, arena, name, &sealed));
	assert_done(rsa_oaep_seal(key, arena, name, &again));
	assert_false(text_eq(sealed, again));
	assert_problem(rsa_oaep_open(key, arena, text_head(sealed, sealed.length - 4), &plain), seal_broken);
	assert_problem(rsa_oaep_open(key, arena, TEXT("!"), &plain), seal_broken);
	assert_text(plain, "untouched");
	assert_done(rsa_oaep_open(key, arena, sealed, &plain));
	assert_text(plain, "张三");
	/* 256 - 2 * 20 - 2: with SHA-1, and no other, that much fits */
	assert_done(rsa_oaep_seal(key, arena, most, &sealed));
	most.length++;
	assert_problem(rsa_oaep_seal(key, arena, most, &sealed), problem_too_large);
	assert_null(rsa_serial(key).at);
	rsa_close(key);
	rsa_close(NULL);
}

/* What we seal, the openssl command opens. */
static void test_oaep_by_openssl(void **state)
{
	struct rsa_key *key = rsa_key_make();
	struct text sealed, raw;
	FILE *f;
	char out[64] = "";

	(void)state;
	assert_done(rsa_oaep_seal(key, arena, TEXT("zhifang"), &sealed));
	assert_true(base64_decode(arena, sealed, &raw));
	f = fopen(path_of("sealed"), "w");
	assert_non_null(f);
	fwrite(raw.at, 1, raw.length, f);
	fclose(f);
	f = popen(
		arena_format(arena,
			     "openssl pkeyutl -decrypt -inkey %s/rsa.pem -in %s/sealed -pkeyopt rsa_padding_mode:oaep "
			     "-pkeyopt rsa_oaep_md:sha1",
			     folder, folder)
			.at,
		"r");
	assert_non_null(f);
	assert_int_equal(fread(out, 1, sizeof(out), f), 7);
	pclose(f);
	assert_string_equal(out, "zhifang");
	rsa_close(key);
}

static void test_password(void **state)
{
	struct text hash, other;

	(void)state;
	assert_done(password_hash(arena, TEXT("对的密码"), &hash));
	assert_done(password_hash(arena, TEXT("对的密码"), &other));
	assert_true(text_starts(hash, TEXT("$argon2id$v=19$m=47104,t=1,p=1$")));
	assert_false(text_eq(hash, other));
	assert_true(password_is(hash, TEXT("对的密码")));
	assert_false(password_is(hash, TEXT("对的密碼")));
	assert_false(password_is(hash, TEXT("")));
	assert_false(password_is(hash, (struct text){ 0 }));
	assert_false(password_outdated(hash));
	assert_false(password_outdated(password_decoy()));
	assert_false(password_is(password_decoy(), TEXT("password")));
}

static void test_password_malformed(void **state)
{
	static char longest[PASSWORD_BYTES_MAX + 1];
	struct text hash;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_problem(password_hash(arena, (struct text){ longest, sizeof(longest) }, &hash), problem_too_large);
	assert_done(password_hash(arena, (struct text){ longest, PASSWORD_BYTES_MAX }, &hash));
	assert_false(password_is(hash, (struct text){ longest, sizeof(longest) }));
	assert_false(password_is(text_head(hash, hash.length - 1), (struct text){ longest, PASSWORD_BYTES_MAX }));
	assert_false(password_is((struct text){ 0 }, TEXT("")));
	assert_false(password_is(TEXT("$argon2id$"), TEXT("")));
	assert_false(password_is(TEXT("$2b$12$abcdefghijklmnopqrstuv"), TEXT("")));
	assert_true(password_outdated(TEXT("")));
	assert_true(password_outdated(TEXT(
		"$argon2id$v=19$m=19456,t=2,p=1$Mdc5vYXyb7r/uCHGfzBZVQ$E6SHtPDWsbOYJ1W7sLDpBPBwC4FBJwWUcnWIIbWVuwg")));
}

static const struct place phone_of_5 = { "user_account", 5, "phone" };

static void check_field(struct keyring *keyring, struct text sealed)
{
	struct text plain;

	assert_done(field_open(keyring, arena, phone_of_5, sealed, &plain));
	assert_text(plain, "+8613800138000");
}

static void test_field(void **state)
{
	static const struct place elsewhere[] = { { "user_account", 6, "phone" },
						  { "user_account", 5, "mail" },
						  { "identity", 5, "phone" } };
	struct keyring *keyring = NULL;
	struct text sealed, again, plain = TEXT("untouched");

	(void)state;
	assert_done(keyring_open(path_of("field.keys"), world, &keyring));
	sealed = field_seal(keyring, arena, phone_of_5, TEXT("+8613800138000"));
	again = field_seal(keyring, arena, phone_of_5, TEXT("+8613800138000"));
	assert_true(text_starts(sealed, TEXT("1.")));
	assert_false(text_eq(sealed, again));
	check_field(keyring, sealed);
	for (size_t i = 0; i < 3; i++)
		assert_problem(field_open(keyring, arena, elsewhere[i], sealed, &plain), seal_broken);
	for (size_t n = 0; n < sealed.length; n++)
		assert_problem(field_open(keyring, arena, phone_of_5, text_head(sealed, n), &plain), seal_broken);
	for (size_t i = 2; i < sealed.length; i++) {
		char *changed = (char *)arena_text(arena, sealed).at;

		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_problem(field_open(keyring, arena, phone_of_5, (struct text){ changed, sealed.length }, &plain),
			       seal_broken);
	}
	assert_problem(field_open(keyring, arena, phone_of_5, (struct text){ 0 }, &plain), seal_broken);
	assert_problem(field_open(keyring, arena, phone_of_5, arena_format(arena, "0%s", sealed.at), &plain),
		       seal_broken);
	assert_problem(field_open(keyring, arena, phone_of_5, arena_format(arena, "-%s", sealed.at), &plain),
		       seal_broken);
	assert_problem(field_open(keyring, arena, phone_of_5, arena_format(arena, "7%s", sealed.at), &plain),
		       seal_key_gone);
	assert_text(plain, "untouched");
	sealed = field_seal(keyring, arena, phone_of_5, TEXT(""));
	assert_done(field_open(keyring, arena, phone_of_5, sealed, &plain));
	assert_int_equal(plain.length, 0);
	keyring_close(keyring);
}

static void test_blind_index(void **state)
{
	struct keyring *a = NULL, *b = NULL;
	struct text one;

	(void)state;
	assert_done(keyring_open(path_of("index.keys"), world, &a));
	assert_done(keyring_open(path_of("index2.keys"), world, &b));
	one = blind_index(a, arena, "identity", "login", TEXT("a@b.cn"));
	assert_int_equal(one.length, 64);
	assert_true(text_eq(one, blind_index(a, arena, "identity", "login", TEXT("a@b.cn"))));
	assert_false(text_eq(one, blind_index(a, arena, "identity", "mail", TEXT("a@b.cn"))));
	assert_false(text_eq(one, blind_index(a, arena, "identity", "login", TEXT("a@b.com"))));
	assert_false(text_eq(one, blind_index(b, arena, "identity", "login", TEXT("a@b.cn"))));
	assert_false(text_eq(blind_index(a, arena, "identity", "login", (struct text){ "a\0b", 3 }),
			     blind_index(a, arena, "identity", "login", (struct text){ "a\0c", 3 })));
	assert_done(keyring_renew(a));
	assert_true(text_eq(one, blind_index(a, arena, "identity", "login", TEXT("a@b.cn"))));
	keyring_close(a);
	keyring_close(b);
}

/* Two processes (here: two handles) on one file: one renews, the other opens what it sealed; old values stay readable.
 */
static void test_keyring_life(void **state)
{
	const char *path = path_of("life.keys");
	struct keyring *first = NULL, *second = NULL, *later = NULL;
	struct text old, new, public;
	struct stat st;

	(void)state;
	assert_done(keyring_open(path, world, &first));
	assert_done(keyring_open(path, world, &second));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	old = field_seal(first, arena, phone_of_5, TEXT("+8613800138000"));
	public = root_public(first, arena);
	assert_done(keyring_renew(first));
	assert_int_equal(keyring_newest(first), 2);
	assert_int_equal(keyring_newest(second), 1);
	assert_true(field_outdated(first, old));
	assert_false(field_outdated(second, old));
	new = field_seal(first, arena, phone_of_5, TEXT("+8613800138000"));
	assert_false(field_outdated(first, new));
	check_field(second, new);
	check_field(second, old);
	assert_int_equal(keyring_newest(second), 2);
	assert_done(keyring_renew(second));
	assert_done(keyring_renew(first));
	assert_int_equal(keyring_newest(first), 4);
	assert_done(keyring_open(path, world, &later));
	assert_int_equal(keyring_newest(later), 4);
	check_field(later, old);
	assert_true(text_eq(public, root_public(later, arena)));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	keyring_close(first);
	keyring_close(second);
	keyring_close(later);
	keyring_close(NULL);
}

static void file_write(const char *path, const char *bytes, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(bytes, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static const char *with_keys(const char *form)
{
	struct buffer out = BUFFER(512);

	for (; *form; form++) {
		if (strncmp(form, "KEY", 3)) {
			buffer_add_char(&out, *form);
			continue;
		}
		buffer_add(&out, TEXT("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
		form += 2;
	}
	form = arena_cstr(arena, buffer_text(&out));
	buffer_free(&out);
	return form;
}

static void test_keyring_refused(void **state)
{
	static const char *const forms[] = {
		"",
		"zhifang keyring 2\nindex KEY\nroot KEY\nseal 1 KEY\n",
		"zhifang keyring 1\nroot KEY\nseal 1 KEY\n",
		"zhifang keyring 1\nindex KEY\nseal 1 KEY\n",
		"zhifang keyring 1\nindex KEY\nroot KEY\n",
		"zhifang keyring 1\nindex KEY\nroot KEY\nseal 0 KEY\n",
		"zhifang keyring 1\nindex KEY\nroot KEY\nseal 2 KEY\nseal 1 KEY\n",
		"zhifang keyring 1\nindex KEY\nroot KEY\nseal 1 AAAA\n",
		"zhifang keyring 1\nindex KEY\nindex KEY\nroot KEY\nseal 1 KEY\n",
		"zhifang keyring 1\nindex KEY\nroot KEY\nseal 1 KEY\nother\n",
	};
	const char *path = path_of("refused.keys");
	struct keyring *keyring = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		file_write(path, with_keys(forms[i]), 0600);
		assert_problem(keyring_open(path, world, &keyring), key_unusable);
	}
	assert_null(keyring);
	file_write(path, with_keys("zhifang keyring 1\nindex KEY\nroot KEY\nseal 1 KEY\n"), 0600);
	assert_done(keyring_open(path, world, &keyring));
	keyring_close(keyring);
	keyring = NULL;
	file_write(path, with_keys("zhifang keyring 1\nindex KEY\nroot KEY\nseal 1 KEY\n"), 0640);
	assert_problem(keyring_open(path, world, &keyring), secret_file_open);
	assert_problem(keyring_open(path_of("no/such/folder"), world, &keyring), secret_file_failed);
	assert_null(keyring);
}

static void test_secret_file(void **state)
{
	const char *path = path_of("secret");
	struct text bytes = TEXT("untouched");

	(void)state;
	assert_problem(secret_file_read(path, 100, arena, &bytes), secret_file_failed);
	assert_done(secret_file_write(path, TEXT("one"), false));
	assert_problem(secret_file_write(path, TEXT("two"), false), problem_conflict);
	assert_problem(secret_file_read(path, 2, arena, &bytes), problem_too_large);
	assert_problem(secret_file_read(folder, 100, arena, &bytes), secret_file_failed);
	assert_text(bytes, "untouched");
	assert_done(secret_file_read(path, 3, arena, &bytes));
	assert_text(bytes, "one");
	assert_done(secret_file_write(path, TEXT("two"), true));
	assert_done(secret_file_read(path, 100, arena, &bytes));
	assert_text(bytes, "two");
	assert_int_equal(system(arena_format(arena, "test $(ls %s | grep -c '^secret') = 1", folder).at), 0);
}

/* RFC 8032, section 7.1, tests 1 to 3 */
static void test_root_vectors(void **state)
{
	static const struct {
		const char *seed, *public, *message, *signature;
	} cases[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25b"
		  "f5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b"
		  "2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		  "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
		  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c"
		  "15e9716ed28dc027beceea1ec40a" },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const unsigned char *seed = (const unsigned char *)from_hex(cases[i].seed).at;
		struct text message = from_hex(cases[i].message);

		assert_text(hex_encode(arena, ed25519__public(seed, arena)), cases[i].public);
		assert_text(hex_encode(arena, ed25519__sign(seed, arena, message)), cases[i].signature);
		assert_done(ed25519__verify(from_hex(cases[i].public), message, from_hex(cases[i].signature)));
		assert_problem(ed25519__verify(from_hex(cases[i].public), TEXT("other"), from_hex(cases[i].signature)),
			       signature_wrong);
	}
}

static void test_root(void **state)
{
	struct keyring *keyring = NULL;
	struct text public, signature;

	(void)state;
	assert_done(keyring_open(path_of("root.keys"), world, &keyring));
	public = root_public(keyring, arena);
	signature = root_sign(keyring, arena, TEXT("root 1"));
	assert_done(root_verify(public, TEXT("root 1"), signature));
	assert_problem(root_verify(public, TEXT("root 2"), signature), signature_wrong);
	assert_problem(root_verify(public, TEXT("root 1"), text_head(signature, 84)), signature_wrong);
	assert_problem(root_verify(public, TEXT("root 1"), (struct text){ 0 }), signature_wrong);
	assert_problem(root_verify(TEXT("AAAA"), TEXT("root 1"), signature), signature_wrong);
	keyring_close(keyring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),       cmocka_unit_test(test_base64_is_strict),
		cmocka_unit_test(test_hex),          cmocka_unit_test(test_digests),
		cmocka_unit_test(test_secrets),      cmocka_unit_test(test_keys_refused),
		cmocka_unit_test(test_oaep),         cmocka_unit_test(test_oaep_by_openssl),
		cmocka_unit_test(test_password),     cmocka_unit_test(test_password_malformed),
		cmocka_unit_test(test_field),        cmocka_unit_test(test_blind_index),
		cmocka_unit_test(test_keyring_life), cmocka_unit_test(test_keyring_refused),
		cmocka_unit_test(test_secret_file),  cmocka_unit_test(test_root_vectors),
		cmocka_unit_test(test_root),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

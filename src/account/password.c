/* password.c - what is no password: shorter than eight characters, the login itself, or one that everybody tries first.
 * No rules of composition. The list is short on purpose: the head of all published lists, in lower case. */
#include "account/account_room.h"

enum { PASSWORD_MIN = 8, PASSWORD_MAX = 128 };

static const char *const common[] = {
	"00000000", "0123456789", "01234567", "09876543", "0987654321", "10101010", "11111111", "111111111", "1111111111", "11112222",
	"11223344", "1122334455", "112233445566", "12121212", "12341234", "12344321", "123456aa", "123456ab", "123456abc", "123456qq",
	"123456789", "1234567890", "12345678", "123456789a", "123456789q", "12345678a", "12345678910", "1234abcd", "1234qwer", "123123123",
	"123321123", "123654789", "123698745", "12qwaszx", "13131313", "131415926", "1314520520", "147258369", "147852369", "159357456",
	"159753159", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "1qaz1qaz", "1qazxsw2", "20002000", "20082008", "20202020", "22222222",
	"222222222", "23232323", "31415926", "314159265", "33333333", "44444444", "456789123", "520131400", "52013145", "5201314a",
	"5201314520", "520520520", "55555555", "555555555", "5845201314", "654321654321", "66666666", "666666666", "66668888", "741852963",
	"74108520", "77777777", "777777777", "7758521a", "77585210", "78945612", "789456123", "876543210", "87654321", "88888888",
	"888888888", "8888888888", "963852741", "987654321", "9876543210", "98765432", "99999999", "999999999", "a1234567", "a12345678",
	"a123456789", "a1b2c3d4", "aa123456", "aa123456789", "aaaaaaaa", "abc12345", "abc123456", "abc123456789", "abcd1234", "abcdefgh",
	"abcdefg1", "abcdabcd", "abcabc123", "access14", "admin123", "admin1234", "admin12345", "admin888", "administrator", "adminadmin",
	"asasasas", "asd12345", "asd123456", "asdasdasd", "asdf1234", "asdfasdf", "asdfghjk", "asdfghjkl", "baseball", "baseball1",
	"basketball", "batman123", "bismillah", "blink182", "buster12", "changeme", "charlie1", "chocolate", "computer", "corvette",
	"danielle", "diamond1", "dragon123", "elephant", "einstein", "facebook", "football", "football1", "fuckyou1", "fuckyou2",
	"gfhjkmgfhjkm", "google123", "hello123", "hellohello", "helloworld", "iloveyou", "iloveyou1", "iloveyou2", "internet", "jennifer",
	"jessica1", "jonathan", "jordan23", "justin12", "killer123", "letmein1", "letmein123", "liverpool", "liverpool1", "login123",
	"loveyou1", "madison1", "marlboro", "master123", "maverick", "mercedes", "metallica", "michael1", "michelle", "microsoft",
	"midnight", "minecraft", "monkey12", "monkey123", "mustang1", "nicholas", "nintendo", "p@ssw0rd", "p@ssword", "pa$$word",
	"pass1234", "passw0rd", "password", "password!", "password1", "password12", "password123", "password1234", "patrick1", "pokemon1",
	"princess", "princess1", "purple12", "q1w2e3r4", "q1w2e3r4t5", "qazwsx123", "qazwsxed", "qazwsxedc", "qq123456", "qq123123",
	"qq5201314", "qwe12345", "qwe123456", "qweasdzxc", "qweqwe123", "qwer1234", "qwerqwer", "qwert123", "qwert12345", "qwerty12",
	"qwerty123", "qwerty1234", "qwerty123456", "qwertyui", "qwertyuiop", "rockstar", "root1234", "rootroot", "samantha", "samsung1",
	"secret123", "shadow12", "slipknot", "snoopy12", "spiderman", "starwars", "starwars1", "sunshine", "sunshine1", "superman",
	"superman1", "swordfish", "taobao123", "test1234", "testtest", "test123456", "trustno1", "victoria", "w1234567", "warcraft",
	"welcome1", "welcome123", "whatever", "wang1234", "wangyang", "wo123456", "woaini123", "woaini520", "woaini1314", "woaiwojia",
	"woaini521", "x1234567", "xiaoming", "yankees1", "z1234567", "zaq12wsx", "zhang123", "zxc123456", "zxcvbnm1", "zxcvbnm123",
	"zxcv1234", "zxcvzxcv", "zhifang123", "zzzzzzzz",
};

problem password_check(struct text password, struct text login)
{
	size_t characters = text_characters(password);

	if (characters < PASSWORD_MIN || characters > PASSWORD_MAX || (login.length && text_eq_nocase(password, login)))
		return &password_weak;
	for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
		if (text_eq_nocase(password, text_of(common[i])))
			return &password_weak;
	}
	return NULL;
}

/* markdown_test.c - Markdown to document JSON: each kind of node, bold beside Chinese punctuation, places of links, and input
 * made to be slow. */
#include "base/json.h"
#include "base/testing.h"
#include "catalog/markdown.h"

#include <time.h>

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new((size_t)512 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct markdown read_all(const char *source)
{
	struct markdown md;
	json_t *tree;

	assert_done(markdown_read(arena, text_of(source), NULL, &md));
	assert_done(json_read(arena, md.doc, &tree));
	return md;
}

/* The document in short: {"type":"doc","content":[…]} without its frame, quotes as they are. */
static void wants(const char *source, const char *content)
{
	struct text doc = read_all(source).doc, frame = TEXT("{\"type\":\"doc\",\"content\":[");

	assert_true(text_starts(doc, frame));
	doc = text_from(doc, frame.length);
	assert_text(text_head(doc, doc.length - 2), content);
}

#define T(text)       "{\"type\":\"text\",\"text\":\"" text "\"}"
#define B(text)       "{\"type\":\"text\",\"text\":\"" text "\",\"marks\":[{\"type\":\"bold\"}]}"
#define N(type, c)    "{\"type\":\"" type "\",\"content\":[" c "]}"
#define A(type, a, c) "{\"type\":\"" type "\",\"attrs\":{" a "},\"content\":[" c "]}"
#define P(content)    N("paragraph", content)

static void test_blocks(void **state)
{
	(void)state;
	wants("a\nb", P(T("a b")));
	wants("## A b!\n\n## A b!",
	      "{\"type\":\"heading\",\"content\":[" T("A b!") "],\"attrs\":{\"level\":2,\"id\":\"a-b\"}},"
	      "{\"type\":\"heading\",\"content\":[" T("A b!") "],\"attrs\":{\"level\":2,\"id\":\"a-b-1\"}}");
	wants("- a\n- b", N("bulletList", N("listItem", P(T("a"))) "," N("listItem", P(T("b")))));
	wants("3. a\n\n   b", A("orderedList", "\"start\":3", N("listItem", P(T("a")) "," P(T("b")))));
	wants("- [ ] a\n- [x] b", N("bulletList", A("taskItem", "\"checked\":false", P(T("a"))) "," A("taskItem", "\"checked\":true", P(T("b")))));
	wants("> a", N("blockquote", P(T("a"))));
	wants("```机器学习机器学习机器学习机器学习\nx\n```", A("codeBlock", "\"language\":\"机器学习机器学习机器学习机\"", T("x"))); /* 40 bytes */
	wants("```c\nint *a;\n**b**\n```", A("codeBlock", "\"language\":\"c\"", T("int *a;\\n**b**")));
	wants("---", "{\"type\":\"horizontalRule\"}");
	wants("a  \nb", P(T("a") ",{\"type\":\"hardBreak\"}," T("b")));
}

static void test_callouts(void **state)
{
	(void)state;
	wants("> [!NOTE]\n> a", A("callout", "\"kind\":\"note\"", P(T("a"))));
	wants("> [!warning]\n>\n> - a", A("callout", "\"kind\":\"warning\"", N("bulletList", N("listItem", P(T("a"))))));
	wants("> [!OTHER]\n> a", N("blockquote", P(T("[!OTHER] a"))));
	wants("> a\n> [!NOTE]", N("blockquote", P(T("a [!NOTE]"))));
}

static void test_tables(void **state)
{
	static const char table[] = N("table", N("tableRow", N("tableHeader", T("a")) "," A("tableHeader", "\"align\":\"right\"", T("b"))) ","
	                                       N("tableRow", N("tableCell", T("1")) "," A("tableCell", "\"align\":\"right\"", B("2"))));

	(void)state;
	wants("| a | b |\n|---|---:|\n| 1 | **2** |", table);
	wants("| a | b |\n|--|-:|\n| 1 | **2** |", table);
	wants("a|b\n-|-:\n1|**2**", table);
	wants("```\n|--|-:|\n```", N("codeBlock", T("|--|-:|")));
}

static void test_bold_in_chinese(void **state)
{
	(void)state;
	wants("**注意：**这里", P(B("注意：") "," T("这里")));
	wants("他说**“你好”**然后走", P(T("他说") "," B("“你好”") "," T("然后走")));
	wants("这是**“甲”**和**“乙”**。", P(T("这是") "," B("“甲”") "," T("和") "," B("“乙”") "," T("。")));
	wants("他说：**注意**这里", P(T("他说：") "," B("注意") "," T("这里")));
	wants("**重要（见下）**的事", P(B("重要（见下）") "," T("的事")));
	wants("**English.** next", P(B("English.") "," T(" next")));
	wants("5**6**78", P(T("5") "," B("6") "," T("78"))); /* as the specification of CommonMark has it */
	wants("- **甲：**一\n- **乙：**二",
	      N("bulletList", N("listItem", P(B("甲：") "," T("一"))) "," N("listItem", P(B("乙：") "," T("二")))));
	wants("`**注：**意`", P("{\"type\":\"text\",\"text\":\"**注：**意\",\"marks\":[{\"type\":\"code\"}]}"));
	wants("    **注：**意", N("codeBlock", T("**注：**意")));
	wants("中文\n换行", P(T("中文换行")));
	wants("中文\nEnglish", P(T("中文 English")));
}

static void test_formulas_and_prices(void **state)
{
	(void)state;
	wants("设$x_1*y$为", P(T("设") ",{\"type\":\"mathInline\",\"attrs\":{\"tex\":\"x_1*y\"}}," T("为")));
	wants("$$\nE=mc^2\n$$", "{\"type\":\"mathBlock\",\"attrs\":{\"tex\":\"E=mc^2\"}}");
	wants("$5 and $10", P(T("$5 and $10")));
	wants("a $5", P(T("a $5")));
	wants("```\n$a $5\n```", N("codeBlock", T("$a $5")));
}

static void test_footnotes(void **state)
{
	static const char mark[] = "{\"type\":\"text\",\"text\":\"[1]\",\"marks\":[{\"type\":\"link\",\"attrs\":{\"href\":\"#fn-1\"}}]}";
	char wanted[600];

	(void)state;
	snprintf(wanted, sizeof wanted, P(T("a") ",%s") "," N("footnotes", A("footnote", "\"id\":\"fn-1\"", P(T("n m")))), mark);
	wants("a[^x]\n\n[^x]: n\n    m\n\n[^y]: nobody refers to it", wanted);
	assert_true(text_find(read_all("a[^1]\n\n[^1]: b[^1]").doc, TEXT("[1]")) != SIZE_MAX);
	wants("a[^x]", P(T("a[^x]")));
}

static void test_html(void **state)
{
	(void)state;
	wants("<!-- x\ny -->\na", P(T("a")));
	wants("a<br>b <b>c</b>", P(T("a") ",{\"type\":\"hardBreak\"}," T("b c")));
	wants("put <vm_name> and <name> there", P(T("put <vm_name> and <name> there")));
	wants("<script>alert(1)</script>", "");
	wants("<div onclick=\"x()\">word</div>", P(T("word")));
	wants("<img src=\"a.png\" alt=\"b\" onerror=\"c\">", P("{\"type\":\"image\",\"attrs\":{\"src\":\"a.png\",\"alt\":\"b\"}}"));
	wants("a &amp; &lt; &#x4e2d; &unknown;", P(T("a & < 中 &unknown;")));
}

static void test_what_stands_beside(void **state)
{
	struct markdown md = read_all("x\n\n# 标题 *斜*\n\n导语。\n\n## 节 A\n\n- 一\n- 二\n");

	(void)state;
	assert_text(md.title, "标题 斜");
	assert_text(md.title_id, "标题-斜");
	assert_text(md.lead, "导语。");
	assert_text(md.plain, "x\n导语。\n节 A\n一\n二");
	assert_int_equal(md.id_count, 1);
	assert_text(md.ids[0], "节-a");
	assert_int_equal(md.minutes, 1);
	assert_true(text_find(md.doc, TEXT("标题")) == SIZE_MAX);
	assert_int_equal(read_all("").minutes, 1);
	assert_text(read_all("").doc, "{\"type\":\"doc\",\"content\":[]}");
}

/* ---- links and images: what the caller makes of them, and where they stand ---- */

struct places {
	int64_t link[8], image[8];
	size_t links, images;
};

static bool on_link(void *self, struct text href, int64_t line, struct markdown_link *ret)
{
	struct places *p = self;

	p->link[p->links++] = line;
	if (!text_is(href, "b.md"))
		return !text_is(href, "gone.md");
	*ret = (struct markdown_link){ .lesson = TEXT("b"), .anchor = TEXT("c") };
	return true;
}

static bool on_image(void *self, struct text src, int64_t line, struct markdown_image *ret)
{
	struct places *p = self;

	p->image[p->images++] = line;
	*ret = (struct markdown_image){ TEXT("ab.png"), 3, 4 };
	return text_is(src, "a.png");
}

static void test_links(void **state)
{
	struct places places = { 0 };
	struct markdown_options options = { on_link, on_image, &places };
	struct markdown md;

	(void)state;
	assert_done(markdown_read(arena, TEXT("# T\n\n[^n]: [z](gone.md)\n\nx[^n] [y](b.md)\n![i](a.png)\n\n[![film](no.png)](https://v)\n"), &options, &md));
	assert_text(md.doc,
	            "{\"type\":\"doc\",\"content\":[" P(T("x") ",{\"type\":\"text\",\"text\":\"[1]\",\"marks\":[{\"type\":\"link\",\"attrs\":{\"href\":\"#fn-1\"}}]},"
	            T(" ") ",{\"type\":\"text\",\"text\":\"y\",\"marks\":[{\"type\":\"link\",\"attrs\":{\"lesson\":\"b\",\"anchor\":\"c\"}}]},"
	            "{\"type\":\"image\",\"attrs\":{\"blob\":\"ab.png\",\"width\":3,\"height\":4,\"alt\":\"i\"}}") ","
	            P("{\"type\":\"text\",\"text\":\"film\",\"marks\":[{\"type\":\"link\",\"attrs\":{\"href\":\"https://v\"}}]}") ","
	            N("footnotes", A("footnote", "\"id\":\"fn-1\"", P(T("z")))) "]}");
	assert_int_equal(places.links, 3);
	assert_int_equal(places.link[0], 5);
	assert_int_equal(places.link[1], 8);
	assert_int_equal(places.link[2], 3);
	assert_int_equal(places.images, 2);
	assert_int_equal(places.image[0], 6);
	assert_int_equal(places.image[1], 8);
}

/* ---- limits ---- */

static void test_refused(void **state)
{
	struct markdown md;
	char *large = calloc(1, MARKDOWN_MAX + 1);

	(void)state;
	memset(large, 'a', MARKDOWN_MAX + 1);
	assert_problem(markdown_read(arena, TEXT("a\xFF"), NULL, &md), problem_malformed);
	assert_problem(markdown_read(arena, (struct text){ large, MARKDOWN_MAX + 1 }, NULL, &md), problem_too_large);
	assert_done(markdown_read(arena, (struct text){ large, MARKDOWN_MAX }, NULL, &md));
	assert_done(markdown_read(arena, (struct text){ "a\0b", 3 }, NULL, &md));
	assert_true(text_find(md.doc, TEXT("a\xEF\xBF\xBD" "b")) != SIZE_MAX);
	free(large);
}

static const char *const slow[] = { ">", "- ", "1. ", "[", "![", "](", "**a ", "*a_ ", "~~a ", "`", "` `` ", "<", "<a ", "<!--", "<![CDATA[", "&amp;", "# a\n",
	                            "$", "$a ", "$$", "“**”**中", "[^a]: b\n", "[a]: b\n", "[a](<b", "|", "|-", "http://a", "a\n\n", "    a\n", "\\", "***", "[[", "> - " };

static double seconds_for(const char *piece, size_t bytes)
{
	char *source = malloc(bytes);
	struct arena *own = arena_new((size_t)512 << 20);
	struct markdown md;
	clock_t start;

	for (size_t i = 0; i < bytes; i++)
		source[i] = piece[i % strlen(piece)];
	bytes -= bytes % strlen(piece);
	start = clock();
	problem why = markdown_read(own, (struct text){ source, bytes }, NULL, &md);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	json_t *tree;

	assert_true(!why || why == &problem_too_large);
	if (!why)
		assert_done(json_read(own, md.doc, &tree));
	arena_free(own);
	free(source);
	return seconds;
}

/* Eight times the input may take some eight times as long, not sixty-four. */
static void test_slow_input(void **state)
{
	enum { SMALL = 60 * 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
		double small = seconds_for(slow[i], SMALL), large = seconds_for(slow[i], 8 * SMALL);

		if (large > 1 && large > 24 * small) {
			print_error("\"%s\": %.3f s, eight times of it %.3f s\n", slow[i], small, large);
			fail();
		}
	}
}

static void test_wide_tables(void **state)
{
	struct arena *own = arena_new((size_t)512 << 20);
	CLEANUP(buffer_free) struct buffer source = BUFFER(MARKDOWN_MAX);
	struct markdown md;

	(void)state;
	for (int line = 0; line < 2; line++) {
		for (int i = 0; i < 3000; i++)
			buffer_add(&source, line ? TEXT("|---") : TEXT("|a"));
		buffer_add_char(&source, '\n');
	}
	for (int i = 0; i < 200000; i++)
		buffer_add(&source, TEXT("|\n"));
	assert_problem(markdown_read(own, buffer_text(&source), NULL, &md), problem_too_large);
	arena_free(own);
}

static void test_deep_input(void **state)
{
	CLEANUP(buffer_free) struct buffer source = BUFFER(MARKDOWN_MAX);

	(void)state;
	for (int i = 0; i < 300; i++) {
		for (int k = 0; k < i; k++)
			buffer_add(&source, TEXT("  "));
		buffer_add(&source, TEXT("- a\n"));
	}
	for (int i = 0; i < 300; i++)
		buffer_add(&source, TEXT("> "));
	buffer_add(&source, TEXT("[!NOTE]\n"));
	buffer_add_char(&source, '\0');
	read_all(buffer_text(&source).at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),        cmocka_unit_test(test_callouts),        cmocka_unit_test(test_tables),
		cmocka_unit_test(test_bold_in_chinese), cmocka_unit_test(test_formulas_and_prices), cmocka_unit_test(test_footnotes),
		cmocka_unit_test(test_html),          cmocka_unit_test(test_what_stands_beside), cmocka_unit_test(test_links),
		cmocka_unit_test(test_refused),       cmocka_unit_test(test_slow_input),      cmocka_unit_test(test_wide_tables),
		cmocka_unit_test(test_deep_input),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

// Words for problems and fields, in the visitor's language.
import { useI18n } from "vue-i18n";
import { Problem } from "./api";

export function useSay() {
	const { t, te } = useI18n();

	const HOUR = 3600;
	function problem(why: Problem): string {
		if (why.waitSeconds && why.waitSeconds < HOUR && why.status === 429)
			return t("problem.wait", { seconds: why.waitSeconds });
		const key = `problem.${why.type}`;
		return te(key) ? t(key) : t("problem.unknown");
	}
	function field(why: string): string {
		const key = `field.${why}`;
		return te(key) ? t(key) : t("field.pattern");
	}
	/** The complaint about one field of a form, if there is one; `form` names what its pattern would be. */
	function fieldOf(why: Problem | null, path: string, form = "pattern"): string | undefined {
		const found = why?.errors.find((error) => error.path === path);
		return found && field(found.why === "pattern" ? form : found.why);
	}
	return { problem, field, fieldOf };
}

import { computed } from "vue";
import { useI18n } from "vue-i18n";

/** What stands before the addresses of public pages in this language. */
export function useBase() {
	const { locale } = useI18n();
	return computed(() => (locale.value === "en" ? "/en" : ""));
}

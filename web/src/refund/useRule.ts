// The rule of a refund in words: the same ones before paying, at the request, and on the public page.
import { useI18n } from "vue-i18n";

export function useRule() {
	const { t } = useI18n();
	return (terms: { refund_days: number; refund_percent: number }): string =>
		terms.refund_days ? t("work.refund", { count: terms.refund_days, percent: terms.refund_percent }, terms.refund_days) : t("work.no_refund");
}

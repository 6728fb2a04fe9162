// The steps of the wizard; where one stands is in the address, so that the browser's own way back works.
export const steps = ["owner", "face", "accent", "languages", "contact", "records", "legal", "payment", "mail", "sms", "done"] as const;
export type Step = (typeof steps)[number];

export function stepOf(asked: unknown): Step {
	return steps.find((step) => step === asked) ?? "face";
}
export const stepAfter = (step: Step): Step => steps[Math.min(steps.indexOf(step) + 1, steps.length - 1)]!;
/** The account is made once: from the second step there is no way back to it. */
export const stepBefore = (step: Step): Step | null => (steps.indexOf(step) > 1 ? steps[steps.indexOf(step) - 1]! : null);
/** Which group of settings a step keeps. */
export const groupOf: Partial<Record<Step, "shop" | "legal" | "payment" | "mail" | "sms">> = { face: "shop", accent: "shop", languages: "shop", contact: "shop", records: "shop", legal: "legal", payment: "payment", mail: "mail", sms: "sms" };

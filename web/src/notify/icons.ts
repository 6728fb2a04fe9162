import type { Answer } from "../base/api";

type Topic = Answer<"/api/me/notifications">["items"][number]["topic"];

const icons: Record<Topic, string> = {
	answers: "message-square", questions: "message-square", decisions: "scale", orders: "receipt", sales: "wallet", security: "shield-check",
	changes: "layers", news: "store",
};

export const iconOf = (topic: Topic): string => icons[topic];

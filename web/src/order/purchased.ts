// What may be done with an order that was paid, as far as the list can tell; the server has the last word.
import type { Order } from "../base/api";

const paid = (order: Order) => order.state === "PAID" || order.state === "PART_REFUNDED";
const stands = (order: Order) => order.refund?.state === "APPROVED" || order.refund?.state === "SUCCEEDED";

export const mayLearn = (order: Order): boolean => paid(order) && !(stands(order) && order.refund!.ends_access);
export const mayAsk = (order: Order): boolean =>
	paid(order) && order.total > 0 && order.refund?.state !== "UNDER_REVIEW" && !(order.refund?.state === "APPROVED" && order.refund.ends_access);

/** Where what was bought is: the work, or the shelf where several came at once. */
export const placeOf = (order: Order): string => (order.parts.length === 1 && order.parts[0]!.id === order.work.id ? `/learn/${order.work.id}` : "/me");

// A purchase as the screen sees it: an order, an attempt to pay, and the truth asked for every second. Being sent back from
// the payer's page proves nothing; only the order's own state opens the work.
import { computed, onUnmounted, ref, shallowRef } from "vue";
import { type Order, type Payment, Problem, api, ask, problemOf } from "../base/api";

const POLL_MS = 1000;
const SLOW_MS = 30_000;

export type Way = "native" | "h5" | "jsapi";
export type Phase = "none" | "waiting" | "confirming" | "paid" | "late" | "closed" | "refunded";

/** A phone cannot scan the code that it shows. */
export function isPhone(agent = navigator.userAgent): boolean {
	return /Mobi|iPhone|Android/i.test(agent);
}

export function phaseOf(order: Order | null, payment: Payment | null): Phase {
	switch (order?.state) {
		case undefined:
			return "none";
		case "PAID":
		case "PART_REFUNDED":
			return "paid";
		case "LATE_PAID":
			return "late";
		case "CLOSING":
		case "CLOSED":
			return "closed";
		case "REFUNDED":
			return "refunded";
		case "PENDING":
			return payment?.state === "UNKNOWN" ? "confirming" : "waiting";
	}
}

export function usePurchase() {
	const order = shallowRef<Order | null>(null);
	const payment = shallowRef<Payment | null>(null);
	const problem = shallowRef<Problem | null>(null);
	const busy = ref(false);
	const now = ref(Date.now());
	const unclear = ref(false);
	const since = Date.now();
	let timer = 0;

	const phase = computed<Phase>(() => {
		const found = phaseOf(order.value, payment.value);
		return found === "waiting" && unclear.value ? "confirming" : found;
	});
	const left = computed(() => (order.value?.expires_ms ?? 0) - now.value);
	const slow = computed(() => now.value - since > SLOW_MS);

	function take(found: Order) {
		order.value = found;
		if (found.payment)
			payment.value = found.payment;
		if (found.payment && found.payment.state !== "UNKNOWN")
			unclear.value = false;
	}
	async function attempt(act: () => Promise<void>) {
		if (busy.value)
			return;
		busy.value = true;
		problem.value = null;
		try {
			await act();
		} catch (error) {
			const why = problemOf(error);
			unclear.value = why.type === "payment-unknown";
			problem.value = unclear.value ? null : why;
		} finally {
			busy.value = false;
		}
	}
	async function look(id: number) {
		take(await ask(api.GET("/api/orders/{id}", { params: { path: { id: String(id) } } })));
	}
	async function begin(id: number, way: Way) {
		payment.value = await ask(api.POST("/api/orders/{id}/payments", {
			params: { path: { id: String(id) } },
			body: { channel: "wechat", way },
		}));
	}
	/** Orders the work, or finds the order that is still open; the key stays the same when the network makes us ask again. */
	async function place({ work, price, coupon }: { work: number; price: number; coupon: string }, key: string) {
		const params = { header: { "Idempotency-Key": key } };
		take(await ask(api.POST("/api/orders", { params, body: coupon ? { work, price, coupon } : { work, price } })));
	}
	/** An order that another one replaced: if it cannot be closed now, it closes by itself. */
	async function drop(id: number) {
		await ask(api.POST("/api/orders/{id}/close", { params: { path: { id: String(id) } } })).catch(() => undefined);
	}
	async function close(id: number) {
		await ask(api.POST("/api/orders/{id}/close", { params: { path: { id: String(id) } } }));
		await look(id);
	}

	async function tick() {
		now.value = Date.now();
		const id = order.value?.id;
		if (id && !busy.value && (phase.value === "waiting" || phase.value === "confirming" || phase.value === "late"))
			await look(id).catch(() => undefined);
		timer = window.setTimeout(tick, POLL_MS);
	}
	function wake() {
		if (document.visibilityState !== "visible")
			return;
		clearTimeout(timer);
		void tick();
	}
	function watch() {
		document.addEventListener("visibilitychange", wake);
		timer = window.setTimeout(tick, POLL_MS);
	}
	onUnmounted(() => {
		clearTimeout(timer);
		document.removeEventListener("visibilitychange", wake);
	});
	return { order, payment, problem, busy, phase, left, slow, attempt, look, begin, place, drop, close, watch };
}

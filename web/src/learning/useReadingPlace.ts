// A place in an article as a share of its height, 0 to 1: it survives another screen width and another text size.
import { onMounted, onUnmounted, type Ref } from "vue";

const EYE = 0.3; /* how far down the window one reads */

export function placeIn(box: { top: number; height: number }, windowHeight: number): number {
	if (box.height <= windowHeight)
		return 0;
	return Math.min(1, Math.max(0, (windowHeight * EYE - box.top) / box.height));
}

export function useReadingPlace(article: Ref<HTMLElement | null>, onMove: (position: number) => void) {
	let frame = 0;
	function look() {
		frame = 0;
		if (article.value)
			onMove(placeIn(article.value.getBoundingClientRect(), window.innerHeight));
	}
	function scrolled() {
		frame ||= requestAnimationFrame(look);
	}
	onMounted(() => window.addEventListener("scroll", scrolled, { passive: true }));
	onUnmounted(() => {
		window.removeEventListener("scroll", scrolled);
		cancelAnimationFrame(frame);
	});
	function goTo(position: number) {
		const box = article.value?.getBoundingClientRect();
		if (box)
			window.scrollTo({ top: window.scrollY + box.top + box.height * position - window.innerHeight * EYE, behavior: "instant" });
	}
	return { goTo };
}

import { createRouter, createWebHistory } from "vue-router";
import { accountRoutes } from "./account/routes";
import { useMe } from "./account/useMe";
import { insightRoutes } from "./insight/routes";
import { deskRoutes } from "./desk/routes";
import { healthRoutes } from "./health/routes";
import { learningRoutes } from "./learning/routes";
import { mediaRoutes } from "./media/routes";
import { notifyRoutes } from "./notify/routes";
import { orderRoutes } from "./order/routes";
import { staffRoutes } from "./staff/routes";
import { refundRoutes } from "./refund/routes";
import { shareRoutes } from "./share/routes";
import { siteRoutes } from "./site/routes";
import { studioRoutes } from "./studio/routes";
import { talkRoutes } from "./talk/routes";

export const router = createRouter({
	history: createWebHistory(),
	routes: [
		...accountRoutes,
		...orderRoutes,
		...learningRoutes,
		...mediaRoutes,
		...refundRoutes,
		...studioRoutes,
		...staffRoutes,
		...deskRoutes,
		...siteRoutes,
		...insightRoutes,
		...healthRoutes,
		...talkRoutes,
		...shareRoutes,
		...notifyRoutes,
		{ path: "/:rest(.*)*", name: "missing", component: () => import("./base/MissingPage.vue"), meta: { title: "problem.not-found" } },
	],
	scrollBehavior: (to, _from, saved) => (to.name === "learn" ? false : (saved ?? { top: 0 })),
});

router.beforeEach(async (to) => {
	if (!to.meta.signedIn)
		return true;
	const me = await useMe().know().catch(() => null);
	return me ? true : { name: "login", query: { next: to.fullPath } };
});

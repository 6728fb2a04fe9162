// The signed-in application. The shell has the state; the language's messages and the first page come side by side.
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { openI18n, withProblems } from "./base/i18n";
import { router } from "./router";
import "./styles/app.css";

const app = createApp(App).use(createPinia()).use(router);
const [i18n] = await Promise.all([openI18n(), router.isReady()]);
app.use(i18n).mount("#app");
void withProblems();

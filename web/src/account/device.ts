// A browser's long name of itself, as one would say it: "Chrome · Linux".
const browsers: [RegExp, string][] = [[/MicroMessenger/, "WeChat"], [/Edg/, "Edge"], [/Firefox|FxiOS/, "Firefox"], [/OPR/, "Opera"], [/Chrome|CriOS/, "Chrome"], [/Safari/, "Safari"]];
const systems: [RegExp, string][] = [[/iPhone/, "iPhone"], [/iPad/, "iPad"], [/Android/, "Android"], [/HarmonyOS/, "HarmonyOS"], [/Windows/, "Windows"], [/Mac OS/, "macOS"], [/CrOS/, "ChromeOS"], [/Linux/, "Linux"]];

export function deviceName(agent: string): string {
	const known = [browsers, systems].map((list) => list.find(([mark]) => mark.test(agent))?.[1]).filter(Boolean);
	return known.join(" · ") || agent.slice(0, 40);
}

// Words as the screens have them: of the message tables, in the language of the run.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

type Messages = { [key: string]: string | Messages };

const language = process.env.JOURNEY_LANGUAGE === "en" ? "en" : "zh-CN";
const folder = join(__dirname, "../../web/src/locales");
const tables = readdirSync(folder).filter((file) => file.endsWith(`${language}.json`)).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Messages);

export function word(key: string): string {
	for (const table of tables) {
		const found = key.split(".").reduce<string | Messages | undefined>((at, part) => (typeof at === "object" ? at[part] : undefined), table);
		if (typeof found === "string")
			return found;
	}
	throw new Error(`no message ${key}`);
}

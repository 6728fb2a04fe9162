// What is made before anything is compiled: icons, and the typed client from the program's own OpenAPI.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import { writeIcons } from "./icons.mjs";

const web = new URL("../", import.meta.url);

export async function generate() {
	await writeIcons(new URL("src", web).pathname);
	const source = new URL("openapi.json", web);
	if (!existsSync(source))
		throw new Error("no OpenAPI: build the program and run `zhifang openapi > web/openapi.json` first");
	await writeFile(new URL("src/api.gen.ts", web), astToString(await openapiTS(source)));
}

if (process.argv[1] === new URL(import.meta.url).pathname)
	await generate();

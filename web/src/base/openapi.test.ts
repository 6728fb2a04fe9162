// The description of the API that the program prints is OpenAPI 3.1 in somebody else's reading: its form, its references, and
// each schema in it.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020";
import { expect, it } from "vitest";

interface Description extends Record<string, unknown> {
	paths: Record<string, object>;
	components: { schemas: Record<string, object> };
}
const described = () => JSON.parse(readFileSync("openapi.json", "utf8")) as Description;

/** "#/components/schemas/order" and the like that name nothing. */
function dangling(description: Description): string[] {
	const refs = [...JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1]!);
	expect(refs.length).toBeGreaterThan(20);
	return refs.filter((ref) => !ref.split("/").reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], description));
}

async function faults(description: Description): Promise<unknown[]> {
	const validator = new Validator();
	const { valid, errors } = await validator.validate(description);
	if (!valid)
		return [errors];
	expect(validator.version).toBe("3.1");
	const ajv = new Ajv2020();
	const names = Object.keys(description.components.schemas);
	expect(names.length).toBeGreaterThan(20);
	return [...dangling(description), ...names.filter((name) => !ajv.validateSchema(description.components.schemas[name]!))];
}

it("is valid", async () => {
	expect(await faults(described())).toEqual([]);
});

it.each([
	["a path without a slash", (one: Description) => (one.paths["no-slash"] = {})],
	["an answer that is none", (one: Description) => (one.paths["/x"] = { get: { responses: { "200": {} } } })],
	["a type that JSON does not have", (one: Description) => (one.components.schemas.odd = { type: "money" })],
	["a reference that leads nowhere", (one: Description) => (one.components.schemas.odd = { $ref: "#/components/schemas/nobody" })],
])("would find %s", async (_what, spoil) => {
	const broken = described();
	spoil(broken);
	expect((await faults(broken)).length).toBeGreaterThan(0);
});

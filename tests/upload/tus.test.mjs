// An upload by tus-js-client comes out whole, however often its line is cut and its server killed. The cuts are drawn from a seed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import net from "node:net";
import { after, before, test } from "node:test";

const { Upload } = createRequire(new URL("../../web/package.json", import.meta.url))("tus-js-client");
const { PROGRAM, DATA, DATABASE, LOGIN, PASSWORD } = process.env;

let server, port, cookie;

async function freePort() {
	const probe = net.createServer().listen(0, "127.0.0.1");
	await once(probe, "listening");
	const found = probe.address().port;
	probe.close();
	await once(probe, "close");
	return found;
}
async function start() {
	server = spawn(PROGRAM, ["serve", "--port", String(port), "--data", DATA, ...DATABASE.split(" ").filter(Boolean)], { stdio: ["ignore", "pipe", "ignore"] });
	await once(server.stdout, "data");
}
async function kill() {
	server.kill("SIGKILL");
	await once(server, "exit");
}

before(async () => {
	port = await freePort();
	await start();
	const answer = await fetch(`http://127.0.0.1:${port}/api/sessions`, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ login: LOGIN, password: PASSWORD }),
	});
	assert.ok(answer.ok);
	cookie = answer.headers.getSetCookie()[0].split(";")[0];
});
after(kill);

const own = () => ({ Cookie: cookie, "Sec-Fetch-Site": "same-origin" });

/** A line to the server that breaks after so many bytes of the client; `next` draws how many, 0: never. */
function line(next) {
	const cuts = { count: 0 };
	const relay = net.createServer((client) => {
		const up = net.connect(port, "127.0.0.1");
		let left = next();
		const end = () => (client.destroy(), up.destroy());
		client.on("data", (bytes) => {
			if (left && bytes.length >= left) {
				cuts.count++;
				up.write(bytes.subarray(0, left - 1), end);
				left = 1;
				return;
			}
			left -= left ? bytes.length : 0;
			if (!up.write(bytes))
				client.pause();
		});
		up.on("drain", () => client.resume());
		up.on("data", (bytes) => client.write(bytes));
		for (const socket of [client, up])
			socket.on("error", end).on("close", end);
	});
	return { relay, cuts };
}

function send(address, bytes, name, more = {}) {
	return new Promise((resolve, reject) => {
		const upload = new Upload(bytes, {
			endpoint: `${address}/api/uploads`,
			headers: own(),
			metadata: { filename: name },
			retryDelays: [0, 0, 20, 50, 100, 200, 400, 800, 1600, 3000],
			onError: reject,
			onSuccess: () => resolve(upload),
			...more,
		});
		upload.start();
	});
}

const zip = (size) => Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), randomBytes(size - 4)]);
const sha = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** What its owner downloads. */
async function fetched(upload) {
	const id = upload.url.split("/").pop();
	/* what was being made when the program was killed is taken up again when its lease has ended: within a minute and a half */
	for (let i = 0; i < 1200; i++) {
		const asset = await (await fetch(`http://127.0.0.1:${port}/api/assets/${id}`, { headers: own() })).json();
		if (asset.state === "ready")
			return Buffer.from(await (await fetch(`http://127.0.0.1:${port}${asset.url}`, { headers: own() })).arrayBuffer());
		assert.notEqual(asset.state, "failed");
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	assert.fail("it was never ready");
}

test("in one piece, and in chunks", async () => {
	for (const chunkSize of [Infinity, 1 << 20]) {
		const bytes = zip(5_000_000);
		assert.equal(sha(await fetched(await send(`http://127.0.0.1:${port}`, bytes, "whole.zip", { chunkSize }))), sha(bytes));
	}
});

test("with the first bytes in the first request", async () => {
	const bytes = zip(3_000_000);
	assert.equal(sha(await fetched(await send(`http://127.0.0.1:${port}`, bytes, "first.zip", { uploadDataDuringCreation: true, chunkSize: 1 << 20 }))), sha(bytes));
});

test("cut a hundred times", async () => {
	let seed = 12345;
	const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
	let broken = 0;
	const { relay, cuts } = line(() => (broken++ < 120 ? 1 + Math.floor(random() * 400_000) : 0));
	relay.listen(0, "127.0.0.1");
	await once(relay, "listening");
	const bytes = zip(24_000_000);
	/* a cut before any byte was kept is tried again without end: the line heals after 120 */
	const upload = await send(`http://127.0.0.1:${relay.address().port}`, bytes, "cut.zip", { onShouldRetry: () => true, retryDelays: Array(200).fill(5) });
	relay.close();
	assert.ok(cuts.count >= 100, `${cuts.count} cuts`);
	assert.equal(sha(await fetched(upload)), sha(bytes));
});

test("the program is killed while it comes in", async () => {
	const bytes = zip(40_000_000);
	let kills = 0, next = 5_000_000, killing = Promise.resolve();
	const upload = await send(`http://127.0.0.1:${port}`, bytes, "killed.zip", {
		onShouldRetry: () => true,
		retryDelays: Array(100).fill(100),
		onProgress(sent) {
			if (sent < next || kills === 5)
				return;
			kills++;
			next = sent + 5_000_000;
			killing = killing.then(kill).then(start);
		},
	});
	await killing;
	assert.ok(kills > 0);
	assert.equal(sha(await fetched(upload)), sha(bytes));
});

test("a stranger cannot go on with it", async () => {
	const answer = await fetch(`http://127.0.0.1:${port}/api/uploads`, {
		method: "POST",
		headers: { ...own(), "Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": `filename ${btoa("a.zip")}` },
	});
	assert.equal(answer.status, 201);
	const address = `http://127.0.0.1:${port}${answer.headers.get("Location")}`;
	assert.equal((await fetch(address, { method: "HEAD", headers: { "Tus-Resumable": "1.0.0" } })).status, 401);
	assert.equal((await fetch(address, { method: "HEAD", headers: { ...own(), "Tus-Resumable": "1.0.0" } })).status, 200);
});

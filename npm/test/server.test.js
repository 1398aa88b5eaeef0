import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect as dial, createServer } from "node:net";
import { after, before, test } from "node:test";
import { inspect } from "node:util";

import { connect, startMockServer } from "mockserver-node";

const sessions = "/v2026/role-mining-sessions";

let server;
before(async () => {
  server = await startMockServer();
});
after(() => server.stop());

/** Sends a request with a token of a tenant. */
async function call(tenant, path, options = {}) {
  const headers = { Authorization: `Bearer ${await tenant.token()}`, "Content-Type": "application/json", "X-SailPoint-Experimental": "true" };
  return fetch(tenant.url + path, { headers, ...options });
}

async function create(tenant, name) {
  const answer = await call(tenant, sessions, { method: "POST", body: JSON.stringify({ name, minNumIdentitiesInPotentialRole: 20 }) });
  assert.equal(answer.status, 201);
  return (await answer.json()).id;
}

test("a session is waited for, and verified", async () => {
  const tenant = await server.tenant("waited");
  const id = await create(tenant, "One");
  await tenant.waitSession(id);
  const status = await (await call(tenant, `${sessions}/${id}/status`)).json();
  assert.equal(status.state, "POTENTIAL_ROLES_CREATED");
  await tenant.verify({ operation: "createRoleMiningSessions", body: { name: "One" }, times: 1 });
  await assert.rejects(tenant.verify({ operation: "createRoleMiningSessions", body: { name: "Two" }, atLeast: 1 }), /found 0[^]*near: request 1, POST/);
  await tenant.remove();
});

test("a verification that fails lists the requests that match", async (t) => {
  const tenant = await server.forTest(t);
  for (let i = 0; i < 12; i++) await call(tenant, `${sessions}?limit=${i}`);
  await assert.rejects(tenant.verify({ operation: "getRoleMiningSessions", times: 1 }), (failed) => {
    const lines = failed.message.split("\n");
    assert.match(lines[0], /409 getRoleMiningSessions: expected exactly 1 request, found 12/);
    assert.equal(lines[1], `  matching: request 1, GET ${sessions}?limit=0, answered 200`);
    assert.equal(lines[11], "  matching: 2 more");
    assert.equal(lines.length, 12);
    assert.ok(inspect(failed).includes(lines[11]), "what a test's report shows has it, too");
    return true;
  });
});

test("all mistakes of a refusal are told", async () => {
  await assert.rejects(server.set({ auth: "x", seed: "two", rateLimit: "often" }), (failed) => {
    for (const pointer of ["/auth", "/seed", "/rateLimit"]) assert.match(failed.message, new RegExp(`\\(at ${pointer}\\)`));
    return true;
  });
});

test("what is missing or unusable is told, and by whom", async () => {
  await assert.rejects(server.waitSession(undefined), /waitSession: the id is missing: it is undefined/);
  await assert.rejects(server.waitSession(""), /waitSession: the id is missing: it is ""/);
  await assert.rejects(server.waitExport(7), /waitExport: the id must be a text, not 7/);
  await assert.rejects(server.waitProvision(null), /waitProvision: the id is missing/);
  await assert.rejects(server.outbox(""), /outbox: the id is missing/);
  await assert.rejects(server.tenant(undefined), /tenant: the name is missing/);
  await assert.rejects(server.setClock("yesterday"), /setClock: "yesterday" is no time; .*"2026-03-01T09:00:00Z"/);
  await assert.rejects(server.setClock(undefined), /setClock: undefined is no time/);
  await assert.rejects(server.setClock(null), /setClock: null is no time/);
  await assert.rejects(server.forTest("a test"), /forTest: it takes the context of a test/);
  await assert.rejects(server.waitSession("x", { timeuot: "1s" }), /waitSession: option timeuot is not known: there are state, timeout/);
});

test("a wait ends when it is told to", async (t) => {
  const tenant = await server.forTest(t);
  await tenant.jobs("step");
  const id = await create(tenant, "Still");
  await assert.rejects(tenant.waitSession(id, { timeout: "20ms" }), /408 after 20ms the session is CREATED, not POTENTIAL_ROLES_CREATED/);
  await assert.rejects(tenant.waitSession(id), /409 .*step/); // at once: nobody else gives orders
  await tenant.waitSession(id, { state: "CREATED", timeout: "20ms" });
  await tenant.waitSession(id, "CREATED");
});

test("work is stepped on, exported and provisioned, and mail is there", async (t) => {
  const tenant = await server.forTest(t);
  await tenant.setClock("2026-03-01T09:00:00Z");
  assert.deepEqual(await tenant.now(), new Date("2026-03-01T09:00:00Z"));
  await tenant.jobs("step");
  const recipient = (await (await fetch(`${tenant.url}/_mock/fixtures`)).json()).identities.find(({ email }) => email);
  const body = JSON.stringify({ emailRecipientId: recipient.id, minNumIdentitiesInPotentialRole: 20 });
  const { id } = await (await call(tenant, sessions, { method: "POST", body })).json();
  assert.equal(await tenant.step(), 1);
  while ((await tenant.step()) > 0);
  await tenant.waitSession(id);
  const [mail] = await tenant.outbox(id);
  assert.equal(mail.address, recipient.email);
  assert.deepEqual(mail.createdDate, new Date("2026-03-01T09:00:00Z"));
  assert.ok((await tenant.outbox()).length > 1, "that of the fixtures, too");

  await tenant.jobs("auto");
  const [role] = await (await call(tenant, `${sessions}/${id}/potential-role-summaries?limit=1`)).json();
  const at = `${sessions}/${id}/potential-roles/${role.id}`;
  const { exportId } = await (await call(tenant, `${at}/export-async`, { method: "POST", body: "{}" })).json();
  await tenant.waitExport(exportId);
  await assert.rejects(tenant.waitProvision(role.id, { timeout: "20ms" }), /nobody has asked for its provisioning/);
  await call(tenant, `${at}/provision`, { method: "POST", body: "{}" });
  await tenant.waitProvision(role.id);
});

test("a tenant of its own", async (t) => {
  const seen = [];
  for (const name of ["A name, which is so long that not all of it can be shown", "A name, which is so long that not all of it can be read"]) {
    await t.test(name, async (t) => {
      const tenant = await server.forTest(t);
      assert.match(tenant.url, /\/t\/.*a-name--which-/);
      await create(tenant, "Own");
      seen.push(tenant.url, (await server.forTest(t)).url);
    });
  }
  assert.equal(new Set(seen).size, 4);
  const there = await (await fetch(`${server.controlUrl}/_mock/tenants`)).json();
  assert.deepEqual(there.filter(({ name }) => seen.some((url) => url.endsWith(`/t/${name}`))), []);
});

test("the tenant of a test that was cut off is begun anew by its next run", async () => {
  const ends = [];
  const context = { name: "Cut off", after: (end) => ends.push(end) };
  const first = await server.forTest(context);
  const id = await create(first, "One");
  const next = await import("../index.js?run=2"); // another run knows nothing of the first
  const again = await (await next.connect(server.url)).forTest(context);
  assert.equal(again.url, first.url);
  assert.equal(await create(again, "One"), id, "identifiers begin again");
  for (const end of ends) await end(); // the second finds no tenant any more, and says nothing
});

test("a server that runs is connected to", async () => {
  const own = await connect(`${server.url}/`);
  assert.equal(own.url, server.url);
  await create(await own.tenant("guest"), "One");
  const guest = await connect(`${server.url}/t/guest`);
  assert.equal(guest.tokenUrl, `${server.url}/t/guest/oauth/token`);
  await guest.verify({ operation: "createRoleMiningSessions", times: 1 });
  await guest.remove();
});

test("what cannot be connected to is told", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address();
  free.close();
  await once(free, "close");
  await assert.rejects(connect(`http://127.0.0.1:${port}`, { within: 1500 }), /connect: .* is not ready after 1.5 seconds: .*ECONNREFUSED/);
  await assert.rejects(connect(undefined), /connect: the URL is missing/);
  await assert.rejects(connect("localhost:8080"), /must be such as http:\/\/127.0.0.1:8080, not "localhost:8080"/);
  await assert.rejects(connect(`${server.url}/v2026`), /there is no mockserver at .*\/v2026/);
  await assert.rejects(connect(server.url, { within: "5s" }), /connect: within must be a number of milliseconds above 0, not "5s"/);
  await assert.rejects(connect(server.url, { wihtin: 1 }), /connect: option wihtin is not known/);
});

test("faults, and which were not met", async () => {
  const tenant = await server.tenant("faulty");
  await tenant.faults(
    { operation: "getRoleMiningSessions", status: 429, retryAfter: 0, times: 1 },
    { id: "later", operation: "createRoleMiningSessions", delay: "1ms" },
  );
  assert.equal((await call(tenant, sessions)).status, 429);
  assert.equal((await call(tenant, sessions)).status, 200);
  assert.deepEqual(await tenant.unusedFaults(), ["later"]);
  await assert.rejects(tenant.faults({ operation: "getSession", status: 500 }), /400 .*getRoleMiningSession/);
});

test("the clock, jobs, settings and reset", async () => {
  const tenant = await server.tenant("clock");
  await tenant.setClock("2026-03-01T09:00:00Z");
  await tenant.jobs("step");
  await tenant.set({ stageDelay: "1h" });
  const first = await create(tenant, "Slow");
  await tenant.jobs("auto");
  await tenant.advance("13h");
  await tenant.waitSession(first);
  await tenant.reset();
  assert.equal(await create(tenant, "Slow"), first, "identifiers begin again");
});

test("the default client takes a token", async () => {
  const answer = await fetch(server.tokenUrl, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id: server.clientId, client_secret: server.clientSecret }),
  });
  assert.equal(answer.status, 200);
});

test("a control plane of its own", async () => {
  const apart = await startMockServer({ flags: ["--control-addr", "127.0.0.1:0"] });
  assert.notEqual(apart.controlUrl, apart.url);
  await assert.rejects(connect(apart.url), /there is no control plane at .*option controlUrl/);
  await (await connect(apart.url, { controlUrl: apart.controlUrl })).reset();
  await apart.reset();
  await apart.stop();
  await apart.stop(); // once is enough
  await assert.rejects(apart.reset(), /does not answer .*stopped/);
});

test("what keeps it from starting is told", async () => {
  await assert.rejects(startMockServer({ flags: ["--auth", "maybe"] }), /code 2[^]*--auth/);
  await assert.rejects(startMockServer({ flags: "--auth strict" }), /flags must be an array such as .*, not "--auth strict"/);
  await assert.rejects(startMockServer({ falgs: ["--auth", "strict"] }), /option falgs is not known: there are binary, flags, env/);
  await assert.rejects(startMockServer(["--auth", "strict"]), /options must be an object with any of binary, flags, env/);
  await assert.rejects(startMockServer({ binary: "/nonexistent/mockserver" }), /MOCKSERVER_BINARY/);
  await assert.rejects(startMockServer({ binary: process.execPath }), /did not start \(code 1\)[^]*serve/);
  await assert.rejects(server.remove(), /stop it/);
});

test("a port that is in use is told", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  await assert.rejects(startMockServer({ flags: ["--addr", `127.0.0.1:${other.address().port}`] }), /code 5[^]*in use/);
  other.close();
});

test("a tenant whose name is none is refused, wherever it would lead", async () => {
  await assert.rejects(server.tenant("../reset"), /400/);
});

test("a server that is killed is told at its stop", async () => {
  const killed = await startMockServer();
  killed.process.kill("SIGKILL");
  await gone(killed.url);
  await assert.rejects(killed.stop(), /signal SIGKILL/);
});

// What ends without stop, or forgets it, is a script of its own.
for (const [how, end, code] of [
  ["process.exit", "process.exit(3);", 3],
  ["an error", "throw new Error('of the test');", 1],
  ["nothing more to do", "", 0],
]) {
  test(`a process that ends by ${how} leaves no server behind`, async () => {
    const script = `import { startMockServer } from "mockserver-node";
      const server = await startMockServer();
      await server.reset();
      console.log(server.url);
      ${end}`;
    let said;
    let ended = 0;
    try {
      said = execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: new URL(".", import.meta.url), encoding: "utf8", stdio: "pipe", timeout: 60_000 });
    } catch (failed) {
      said = failed.stdout;
      ended = failed.status;
    }
    assert.equal(ended, code);
    assert.match(said, /^http:/);
    await gone(said.trim());
  });
}

/**
 * Waits until nobody listens at a URL any more. It sends no request: a server whose log
 * nobody reads any more would end by the line that it writes of one.
 */
async function gone(url) {
  const { hostname: host, port } = new URL(url);
  for (let tries = 0; tries < 600; tries++) {
    const socket = dial({ host, port });
    try {
      await once(socket, "connect");
    } catch {
      return;
    }
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("the server still runs after 30 seconds");
}

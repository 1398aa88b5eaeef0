import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { after, before, test } from "node:test";

import { startMockServer } from "mockserver-node";

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
  await apart.reset();
  await apart.stop();
  await apart.stop(); // once is enough
  await assert.rejects(apart.reset(), /does not answer .*stopped/);
});

test("what keeps it from starting is told", async () => {
  await assert.rejects(startMockServer({ flags: ["--auth", "maybe"] }), /code 2[^]*--auth/);
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
    const socket = connect({ host, port });
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

// mockserver in Node tests that run it in a container of their own, by
// Testcontainers: copy what this file does. The image is built out of a checkout
// (docker build --network host -t mockserver .).

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { GenericContainer, Wait } from "testcontainers";

const sessions = "/v2026/role-mining-sessions";

let container;
let url;

before(async () => {
  container = await new GenericContainer("mockserver")
    .withCommand(["--stage-delay", "0s"])
    .withExposedPorts(8080)
    // It is there when the image's own health check says so.
    .withWaitStrategy(Wait.forHealthCheck())
    // It needs nothing of its host.
    .withDroppedCapabilities("ALL")
    .start();
  url = `http://${container.getHost()}:${container.getMappedPort(8080)}`;
});
after(() => container?.stop());
beforeEach(() => order("POST", "reset"));

/** Tells the control plane something, as docs/control-api.md has it. */
async function order(method, resource, body) {
  const answer = await fetch(`${url}/_mock/${resource}`, { method, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${resource}: ${answer.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** Code under test: orders a session, and tries again when it is told to wait. */
async function createSession(token, name) {
  for (;;) {
    const answer = await fetch(url + sessions, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", "X-SailPoint-Experimental": "true" },
      body: JSON.stringify({ name, minNumIdentitiesInPotentialRole: 20 }),
    });
    const told = await answer.json();
    if (answer.status === 429) continue; // Retry-After is 0 in this example
    assert.equal(answer.status, 201, JSON.stringify(told));
    return told.id;
  }
}

test("a session is mined, for code that is told to wait twice", async () => {
  const { accessToken } = await order("POST", "tokens", {});
  await order("PUT", "faults", [{ operation: "createRoleMiningSessions", status: 429, retryAfter: 0, times: 2 }]);

  const id = await createSession(accessToken, "Mined by a test");

  await order("GET", `sessions/${id}/wait?state=POTENTIAL_ROLES_CREATED`);
  await order("POST", "verify", { operation: "createRoleMiningSessions", body: { name: "Mined by a test" }, times: 3 });
});

test("each test begins with the organisation as it was", async () => {
  const { accessToken } = await order("POST", "tokens", {});
  const headers = { Authorization: `Bearer ${accessToken}`, "X-SailPoint-Experimental": "true" };
  const found = await (await fetch(url + sessions, { headers })).json();
  assert.ok(found.length > 0);
  assert.ok(!found.some((session) => session.name === "Mined by a test"));
});

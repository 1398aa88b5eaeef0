// mockserver in Node tests that run it in a container of their own, by
// Testcontainers: copy what this file does. The image is built out of a checkout
// (docker build --network host -t mockserver .).

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { connect } from "mockserver-node";
import { GenericContainer, Wait } from "testcontainers";

const sessions = "/v2026/role-mining-sessions";

let container;
let server;

before(async () => {
  container = await new GenericContainer("mockserver")
    .withCommand(["--stage-delay", "0s"])
    .withExposedPorts(8080)
    // It is there when the image's own health check says so.
    .withWaitStrategy(Wait.forHealthCheck())
    // It needs nothing of its host.
    .withDroppedCapabilities("ALL")
    .start();
  server = await connect(`http://${container.getHost()}:${container.getMappedPort(8080)}`);
});
after(() => container?.stop());
beforeEach(() => server.reset());

/** The headers of a client with all rights. */
async function headers() {
  return { Authorization: `Bearer ${await server.token()}`, "Content-Type": "application/json", "X-SailPoint-Experimental": "true" };
}

/** Code under test: orders a session, and tries again when it is told to wait. */
async function createSession(name) {
  for (;;) {
    const answer = await fetch(server.url + sessions, {
      method: "POST",
      headers: await headers(),
      body: JSON.stringify({ name, minNumIdentitiesInPotentialRole: 20 }),
    });
    const told = await answer.json();
    if (answer.status === 429) continue; // Retry-After is 0 in this example
    assert.equal(answer.status, 201, JSON.stringify(told));
    return told.id;
  }
}

test("a session is mined, for code that is told to wait twice", async () => {
  await server.faults({ operation: "createRoleMiningSessions", status: 429, retryAfter: 0, times: 2 });

  const id = await createSession("Mined by a test");

  await server.waitSession(id);
  await server.verify({ operation: "createRoleMiningSessions", body: { name: "Mined by a test" }, times: 3 });
});

test("each test begins with the organisation as it was", async () => {
  const found = await (await fetch(server.url + sessions, { headers: await headers() })).json();
  assert.ok(found.length > 0);
  assert.ok(!found.some((session) => session.name === "Mined by a test"));
});

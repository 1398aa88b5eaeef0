// What happens to a client that may not call, or calls too often.

import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";

import { assertError, data, ok, refused } from "./answer.js";
import { Server } from "./server.js";
import { experimental, versions } from "./versions.js";

mock.method(console, "log", () => {}); // the SDK warns at every experimental call

const sessionId = "8c190e67-87aa-4ed9-a90b-d9d5344523fb";

for (const version of versions) {
  describe(`${version.name} refuses`, { timeout: 60_000 }, () => {
    const call = (configuration) => new version.Api(configuration).getRoleMiningSession({ sessionId, ...experimental });

    it("tokens that are none", async (t) => {
      const server = await Server.start();
      t.after(() => server.stop());
      assert.deepEqual((await refused(401, call(server.withToken(" ")))).data, { error: "JWT is required" });
      assert.deepEqual((await refused(401, call(server.withToken("junk")))).data, { error: "JWT validation failed: JWT is malformed" });
      assert.equal((await data(200, call(server.configuration("anyone", "anything")))).id, sessionId);
    });

    it("unknown clients and rights they do not have", async (t) => {
      const server = await Server.start("--auth", "strict");
      t.after(() => server.stop());
      const complaint = t.mock.method(console, "error", () => {});
      await assert.rejects(call(server.configuration(server.id, "wrong")), /status code 401/);
      assert.equal(complaint.mock.callCount(), 1);
      assert.equal((await data(200, call(server.configuration()))).id, sessionId);

      const reader = new version.Api(server.configuration("mock-reader", "mock-reader-secret"));
      await ok(200, reader.getSavedPotentialRoles({}));
      const creation = await refused(403, reader.createRoleMiningSessions({ [`roleMiningSessionDto${version.suffix}`]: {} }));
      assertError(creation.data, "403 Forbidden", /refuses to authorize/);
    });

    it("calls beyond the limit, which the SDK does not repeat", async (t) => {
      const server = await Server.start("--rate-limit", "1/1h");
      t.after(() => server.stop());
      const configuration = server.configuration();
      await ok(200, call(configuration));
      const limited = await refused(429, call(configuration));
      assert.deepEqual(limited.data, { message: " Rate Limit Exceeded " });
      const wait = Number(limited.headers["retry-after"]);
      assert.ok(wait > 3500 && wait <= 3600, limited.headers["retry-after"]);
      await server.stop();
      assert.deepEqual(server.requests.map((r) => r.status), [200, 429]);
    });
  });
}

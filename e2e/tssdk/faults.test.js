// What the SDK does about calls that go wrong, shown by rules of faults.

import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";

import { data, refused } from "./answer.js";
import { Server } from "./server.js";
import { experimental, versions } from "./versions.js";

mock.method(console, "log", () => {}); // the SDK warns at every experimental call

const sessionId = "8c190e67-87aa-4ed9-a90b-d9d5344523fb";

for (const version of versions) {
  describe(`${version.name} with faults`, { timeout: 60_000 }, () => {
    /** Runs a test with a server and the SDK's API. */
    const withServer = (test) => async (t) => {
      const server = await Server.start();
      t.after(() => server.stop());
      await test(server, new version.Api(server.configuration()));
    };
    const get = (api) => api.getRoleMiningSession({ sessionId, ...experimental });
    const create = (api) => api.createRoleMiningSessions({ [`roleMiningSessionDto${version.suffix}`]: { name: "once" }, ...experimental });

    it("tries GETs again, up to three times", withServer(async (server, api) => {
      for (const fault of [{ status: 500 }, { status: 503 }, { status: 504 }, { connection: "reset" }]) {
        await server.order({ operation: "getRoleMiningSession", times: 3, ...fault });
        assert.equal((await data(200, get(api))).id, sessionId);
        assert.equal(await server.hits(), 3, JSON.stringify(fault));
      }
      await server.order({ operation: "getRoleMiningSession", status: 503 });
      assert.deepEqual((await refused(503, get(api))).data, { error: "Service Unavailable" });
      assert.equal(await server.hits(), 4);
    }));

    it("does not try again after a 429", withServer(async (server, api) => {
      await server.order({ operation: "getRoleMiningSession", status: 429, retryAfter: 7, times: 1 });
      assert.equal((await refused(429, get(api))).headers["retry-after"], "7");
      assert.equal((await data(200, get(api))).id, sessionId);
    }));

    it("does not send a POST again", withServer(async (server, api) => {
      await server.order({ operation: "createRoleMiningSessions", status: 503, performed: true });
      await refused(503, create(api));
      assert.equal(await server.hits(), 1);
      const sessions = await data(200, api.getRoleMiningSessions({ filters: 'name eq "once"', ...experimental }));
      assert.equal(sessions.length, 1);
    }));
  });
}

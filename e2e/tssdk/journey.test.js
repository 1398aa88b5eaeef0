// Goes through the API from a session to a role, in every version that the SDK
// knows. Each step builds on the ones before it.

import assert from "node:assert/strict";
import { after, before, describe, it, mock } from "node:test";

import { Paginator } from "sailpoint-api-client";

import { assertError, assertSorted, data, eventually, ok, refused, total, unzip } from "./answer.js";
import { document, Server } from "./server.js";
import { experimental, versions } from "./versions.js";

mock.method(console, "log", () => {}); // the SDK warns at every experimental call

// What the published examples name; the default organisation has it.
const documented = {
  session: "8c190e67-87aa-4ed9-a90b-d9d5344523fb",
  exported: { sessionId: "8c190e67-87aa-4ed9-a90b-d9d5344523fb", potentialRoleId: "278359a6-04b7-4669-9468-924cf580964a" },
  exportId: "4940ffd4-836f-48a3-b2b0-6d498c3fdf40",
  used: { potentialRoleId: "e0cc5d7d-bf7f-4f81-b2af-8885b09d9923", sourceId: "2c9180877620c1460176267f336a106f" },
};
const binary = { responseType: "arraybuffer" }; // or axios takes a ZIP for text
const ids = (list) => list.map((item) => item.id);
const popularitiesIDs = (list) => list.map((item) => item.entitlementRef.id);

for (const version of versions) {
  describe(`${version.name} from a session to a role`, { concurrency: false, timeout: 120_000 }, () => {
    const { suffix } = version;
    let server, api;
    let sessionId; // the session made here
    let role; // ids of its best potential role, as the SDK's methods take them

    before(async () => {
      server = await Server.start();
      api = new version.Api(server.configuration());
    });
    after(() => server.stop());

    const mined = async (sessionId) => {
      const passed = [];
      const order = ["CREATED", "UPDATED", "IDENTITIES_OBTAINED", "PRUNE_THRESHOLD_OBTAINED", "POTENTIAL_ROLES_PROCESSING", "POTENTIAL_ROLES_CREATED"];
      await eventually(
        async () => {
          const { state } = await data(200, api.getRoleMiningSessionStatus({ sessionId }));
          assert.ok(order.includes(state), state);
          passed.push(order.indexOf(state));
          return state;
        },
        (state) => state === "POTENTIAL_ROLES_CREATED",
      );
      assertSorted(passed, (rank) => rank, "states");
    };
    const session = () => data(200, api.getRoleMiningSession({ sessionId, ...experimental }));
    const potentialRole = () => data(200, api.getPotentialRole(role));
    const popularities = () => data(200, api.getEntitlementsPotentialRole(role));

    it("lists the sessions that are there", async () => {
      const query = { filters: 'saved eq "true" and name sw "RM Session"', sorters: "createdBy,createdDate", count: true, ...experimental };
      const found = await ok(200, api.getRoleMiningSessions(query));
      assert.equal(total(found), found.data.length);
      assert.ok(ids(found.data).includes(documented.session));
      const paged = [];
      for (let offset = 0; offset < found.data.length; offset++) {
        const page = await ok(200, api.getRoleMiningSessions({ ...query, offset, limit: 1 }));
        assert.equal(total(page), found.data.length);
        paged.push(...ids(page.data));
      }
      assert.deepEqual(paged, ids(found.data));
      const uncounted = await ok(200, api.getRoleMiningSessions({ ...experimental }));
      assert.equal(uncounted.headers["x-total-count"], undefined);
    });

    it("creates a session", async () => {
      const created = await data(201, api.createRoleMiningSessions({ [`roleMiningSessionDto${suffix}`]: document("session.json") }));
      sessionId = created.id;
      const { scope, pruneThreshold, minNumIdentitiesInPotentialRole, type, emailRecipientId, saved, name } = document("session.json");
      assert.deepEqual(
        { ...created, id: "", createdDate: "", modifiedDate: "", createdBy: "", dataFilePath: "" },
        {
          scope, pruneThreshold, minNumIdentitiesInPotentialRole, type, emailRecipientId, saved, name,
          scopingMethod: "MANUAL", prescribedPruneThreshold: null, potentialRoleCount: 0, potentialRolesReadyCount: 0,
          identityCount: 0, status: { state: "CREATED" }, id: "", createdDate: "", modifiedDate: "", createdBy: "", dataFilePath: "",
        },
      );
      assert.match(created.createdBy.displayName, /./);
      assert.match(created.createdDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(Math.abs(Date.now() - Date.parse(created.createdDate)) < 60_000, created.createdDate);
    });

    it("waits until it is mined", () => mined(sessionId));

    it("reads the session and its potential roles", async () => {
      const mine = await session();
      assert.equal(mine.id, sessionId);
      assert.ok(mine.identityCount >= 20 && mine.potentialRoleCount >= 2, `${mine.identityCount} identities, ${mine.potentialRoleCount} potential roles`);
      assert.equal(mine.potentialRolesReadyCount, mine.potentialRoleCount);
      const found = await ok(200, api.getPotentialRoleSummaries({ sessionId, sorters: "-quality", count: true }));
      assert.equal(total(found), mine.potentialRoleCount);
      assert.equal(found.data.length, mine.potentialRoleCount);
      assertSorted(found.data, (summary) => -summary.quality, "quality");
      const [best] = found.data;
      role = { sessionId, potentialRoleId: best.id };
      assert.equal(best.session.id, sessionId);
      assert.deepEqual(best.potentialRoleRef, { id: best.id, name: best.name });
      assert.deepEqual(await data(200, api.getPotentialRoleSummaries({ sessionId, filters: 'type eq "COMMON" or quality gt 100' })), []);

      const all = await data(200, api.getPotentialRoleSummaries({ sessionId }));
      const paged = await Paginator.paginate(api, api.getPotentialRoleSummaries, { sessionId }, 1);
      assert.deepEqual(paged.data, all);
      const once = await Paginator.paginate(api, api.getPotentialRoleSummaries, { sessionId });
      assert.deepEqual(once.data, all);
    });

    it("pages through more identities than a page holds", async () => {
      const common = await data(201, api.createRoleMiningSessions({ [`roleMiningSessionDto${suffix}`]: { type: "COMMON" } }));
      await mined(common.id);
      const [large] = await data(200, api.getPotentialRoleSummaries({ sessionId: common.id }));
      assert.ok(large.identityCount > 250, large.identityCount);
      const { identityIds } = await data(200, api.getRoleMiningPotentialRole({ potentialRoleId: large.id }));
      const all = await Paginator.paginate(api, api.getIdentitiesPotentialRole, { sessionId: common.id, potentialRoleId: large.id });
      assert.deepEqual(ids(all.data).sort(), identityIds);
    });

    it("reads a potential role, its identities and its access", async () => {
      const it = await potentialRole();
      assert.deepEqual(await data(200, api.getRoleMiningPotentialRole({ potentialRoleId: role.potentialRoleId })), it);
      assert.equal(it.identityIds.length, it.identityCount);
      for (const { attributeName, distribution } of it.identityDistribution) {
        assert.equal(distribution.reduce((sum, { count }) => sum + count, 0), it.identityCount, attributeName);
      }

      const people = await ok(200, api.getIdentitiesPotentialRole({ ...role, sorters: "name", count: true }));
      assert.equal(total(people), it.identityCount);
      assert.deepEqual(ids(people.data).sort(), it.identityIds);
      assertSorted(people.data, (person) => person.name.toLowerCase(), "identities");
      assert.ok(people.data.every((person) => person.attributes.location === "Miami"));
      const page = await data(200, api.getIdentitiesPotentialRole({ ...role, sorters: "name", offset: 5, limit: 3 }));
      assert.deepEqual(page, people.data.slice(5, 8));

      const held = await ok(200, api.getEntitlementsPotentialRole({ ...role, count: true }));
      assert.equal(total(held), it.entitlementCount);
      assertSorted(held.data, (e) => -e.popularity, "popularity");
      for (const e of held.data) {
        assert.ok(Math.abs((e.identityCount / it.identityCount) * 100 - e.popularity) < 0.06, JSON.stringify(e));
        assert.ok(e.popularityInOrg > 0 && e.popularityInOrg <= 100, JSON.stringify(e));
      }
      const special = await data(200, api.getEntitlementsPotentialRole({ ...role, includeCommonAccess: false }));
      assert.ok(special.length > 0 && special.length < held.data.length);
      const { applicationName } = held.data[0];
      const ofOne = await data(200, api.getEntitlementsPotentialRole({ ...role, filters: `applicationName sw "${applicationName}"`, sorters: "entitlementName" }));
      assertSorted(ofOne, (e) => e.name.toLowerCase(), "names");
      assert.deepEqual(new Set(ofOne.map((e) => e.applicationName)), new Set([applicationName]));

      const counted = {};
      for (const e of held.data) counted[Math.floor(e.popularity)] = (counted[Math.floor(e.popularity)] ?? 0) + 1;
      assert.deepEqual(await data(200, api.getEntitlementDistributionPotentialRole({ ...role, includeCommonAccess: true })), counted);

      const applications = await ok(200, api.getPotentialRoleApplications({ ...role, count: true }));
      assert.deepEqual(new Set(applications.data.map((a) => a.name)), new Set(held.data.map((e) => e.applicationName)));
      assert.equal(total(applications), applications.data.length);
      const names = await ok(200, api.getPotentialRoleEntitlements({ ...role, count: true }));
      assert.deepEqual(ids(names.data).sort(), popularitiesIDs(held.data).sort());
      const some = await data(200, api.getPotentialRoleEntitlements({ ...role, filters: 'entitlementRef.name sw "GG-"', limit: 2 }));
      assert.ok(some.length === 2 && some.every((e) => e.name.startsWith("GG-")), JSON.stringify(some));
    });

    it("excludes an entitlement and puts it back", async () => {
      const was = await potentialRole();
      const [first] = await popularities();
      const id = first.entitlementRef.id;
      const edit = (exclude) =>
        data(201, api.updateEntitlementsPotentialRole({ ...role, [`roleMiningPotentialRoleEditEntitlements${suffix}`]: { ids: [id], exclude } }));
      const without = await edit(true);
      assert.deepEqual(without.excludedEntitlements, [id]);
      assert.equal(without.entitlementCount, was.entitlementCount - 1);
      // populariity is how the published example spells it.
      const excluded = await ok(200, api.getExcludedEntitlementsPotentialRole({ ...role, sorters: "populariity", count: true }));
      assert.deepEqual(popularitiesIDs(excluded.data), [id]);
      assert.equal(total(excluded), 1);
      assert.ok(!popularitiesIDs(await popularities()).includes(id));
      const back = await edit(false);
      assert.deepEqual({ ...back, modifiedDate: "" }, { ...was, modifiedDate: "" });
      await edit(true);
    });

    it("patches the potential role", async () => {
      const generated = (await potentialRole()).name;
      const patched = await data(200, version.patchSessionRole(api, role.sessionId, role.potentialRoleId, document("role-patch.json")));
      assert.deepEqual([patched.name, patched.description, patched.saved], ["Potential Role Accounting", "Acct I - Potential Role", false]);
      assert.deepEqual(await potentialRole(), patched);
      const saved = await data(
        200,
        version.patchAnyRole(api, role.potentialRoleId, [
          { op: "remove", path: "/name" },
          { op: "remove", path: "/description" },
          { op: "replace", path: "/saved", value: true },
        ]),
      );
      assert.deepEqual([saved.name, saved.description, saved.saved], [generated, null, true]);
    });

    it("lists the potential roles of all sessions, and the saved ones", async () => {
      const it = await potentialRole();
      const drafts = await ok(200, api.getSavedPotentialRoles({ sorters: "-modified", count: true }));
      assert.equal(total(drafts), drafts.data.length);
      const [draft] = drafts.data;
      assert.equal(draft.id, role.potentialRoleId);
      assert.deepEqual(draft.identityIds, it.identityIds);
      assert.equal(draft.entitlementIds.length, it.entitlementCount);
      assert.deepEqual(draft.excludedEntitlements, it.excludedEntitlements);

      const example = await ok(
        200,
        api.getAllPotentialRoleSummaries({
          filters: '(createdByName co "int") and (createdById sw "2c9180907") and (type eq "COMMON") and ((name co "entt") or (saved eq true))',
          sorters: "createdDate",
          count: true,
        }),
      );
      assert.ok(example.data.length > 0 && example.data.every((summary) => summary.type === "COMMON"));
      assert.equal(total(example), example.data.length);

      const all = await ok(200, api.getAllPotentialRoleSummaries({ sorters: "-quality,identityCount", count: true }));
      assertSorted(all.data, (summary) => -summary.quality, "quality");
      const paged = await Paginator.paginate(api, api.getAllPotentialRoleSummaries, { sorters: "-quality,identityCount" }, 3);
      assert.deepEqual(paged.data, all.data);
      assert.equal(total(all), all.data.length);
      const sessions = new Set(all.data.map((summary) => summary.session.id));
      assert.ok(sessions.has(sessionId) && sessions.has(documented.session));
    });

    it("reads the usage of a source", async () => {
      const usage = await ok(200, api.getPotentialRoleSourceIdentityUsage({ ...documented.used, sorters: "-usageCount", count: true }));
      assert.ok(usage.data.length > 0 && total(usage) === usage.data.length);
      assertSorted(usage.data, (u) => -u.usageCount, "usage");
      for (const u of usage.data) {
        assert.ok(u.id && u.displayName && u.email && u.usageCount >= 0 && u.usageCount <= 90, JSON.stringify(u));
      }
    });

    it("exports", async () => {
      const it = await potentialRole();
      const answer = await ok(200, api.exportRoleMiningPotentialRole(role, binary));
      assert.equal(answer.headers["content-type"], "application/zip");
      const file = unzip(answer.data);
      assert.deepEqual(ids(file.identities).sort(), it.identityIds);
      assert.deepEqual(ids(file.entitlements).sort(), popularitiesIDs(await popularities()).sort());
    });

    it("exports in the background", async () => {
      const download = async (which, exportId) => {
        await eventually(
          () => data(200, api.exportRoleMiningPotentialRoleStatus({ ...which, exportId })),
          (e) => e.status === "SUCCESS",
        );
        return unzip(await data(200, api.downloadRoleMiningPotentialRoleZip({ ...which, exportId }, binary)));
      };
      const request = { minEntitlementPopularity: 90, includeCommonAccess: false };
      const started = await data(202, api.exportRoleMiningPotentialRoleAsync({ ...role, [`roleMiningPotentialRoleExportRequest${suffix}`]: request }));
      assert.deepEqual({ ...started, exportId: "" }, { ...request, exportId: "", status: "QUEUED" });
      const file = await download(role, started.exportId);
      const wanted = (await data(200, api.getEntitlementsPotentialRole({ ...role, includeCommonAccess: false }))).filter((e) => e.popularity >= 90);
      assert.deepEqual(ids(file.entitlements).sort(), popularitiesIDs(wanted).sort());

      // Left out, the request is {} on the wire.
      const whole = await data(202, api.exportRoleMiningPotentialRoleAsync(role));
      assert.equal((await download(role, whole.exportId)).entitlements.length, (await potentialRole()).entitlementCount);
      await download(documented.exported, documented.exportId);
    });

    it("provisions", async () => {
      const request = {
        roleName: "Finance - Accounting",
        roleDescription: "General access for accounting department",
        ownerId: "2c918090761a5aac0176215c46a62d58",
        includeIdentities: true,
        directlyAssignedEntitlements: false,
      };
      const summary = await data(
        202,
        api.createPotentialRoleProvisionRequest({
          ...role,
          minEntitlementPopularity: 50,
          includeCommonAccess: false,
          [`roleMiningPotentialRoleProvisionRequest${suffix}`]: request,
        }),
      );
      assert.deepEqual([summary.id, summary.provisionState, summary.roleId], [role.potentialRoleId, "PENDING", null]);
      const done = await eventually(potentialRole, (it) => it.provisionState !== "PENDING");
      assert.equal(done.provisionState, "COMPLETE");
      assert.match(done.roleId, /./);
      const bare = await data(202, api.createPotentialRoleProvisionRequest(documented.exported));
      assert.equal(bare.provisionState, "PENDING");
    });

    it("patches the session", async () => {
      const patched = await data(202, api.patchRoleMiningSession({ sessionId, [`jsonPatchOperation${suffix}`]: document("session-patch.json") }));
      assert.deepEqual(patched, {});
      const { pruneThreshold, minNumIdentitiesInPotentialRole, saved, name } = await session();
      assert.deepEqual([pruneThreshold, minNumIdentitiesInPotentialRole, saved, name], [83, 10, false, "RM Session - 07/10/22"]);
      await mined(sessionId);
      assert.equal((await potentialRole()).session.pruneThreshold, 83); // provisioned, it outlives the mining
      await ok(202, api.patchRoleMiningSession({ sessionId, [`jsonPatchOperation${suffix}`]: [{ op: "replace", path: "/saved", value: true }] }));
      assert.equal((await session()).saved, true);
    });

    it("is told what is wrong", async () => {
      const missing = "00000000-0000-4000-8000-000000000000";
      const gone = [
        () => api.getRoleMiningSession({ sessionId: missing, ...experimental }),
        () => api.getRoleMiningSessionStatus({ sessionId: missing }),
        () => api.getPotentialRole({ sessionId, potentialRoleId: missing }),
        () => version.patchAnyRole(api, missing, [{ op: "remove", path: "/name" }]),
        () => api.createPotentialRoleProvisionRequest({ sessionId, potentialRoleId: missing }),
      ];
      for (const call of gone) assertError((await refused(404, call())).data, "404 Not found", /did not find/);
      const filter = await refused(400, api.getRoleMiningSessions({ filters: "size eq 3", ...experimental }));
      assertError(filter.data, "400.1.3 Illegal value", /size/);
      const limit = await refused(400, api.getAllPotentialRoleSummaries({ limit: 251 }));
      assertError(limit.data, "400.1.3 Illegal value", /limit/);
    });

    it("has driven all 25 operations", async (t) => {
      await server.stop();
      const seen = new Map();
      for (const { operationId, status } of server.requests) seen.set(operationId, [...(seen.get(operationId) ?? []), status]);
      const expected = Object.entries(document("operations.json"));
      assert.equal(expected.length, 25);
      const known = new Set();
      for (const [id, status] of expected) {
        const operation = version.renamed[id] ?? id;
        await t.test(operation, () => {
          const statuses = seen.get(operation) ?? [];
          assert.ok(statuses.includes(status), `never answered ${status}; its statuses were ${statuses}`);
        });
        known.add(operation);
      }
      assert.deepEqual([...seen.keys()].filter((operation) => !known.has(operation)), []);
      assert.deepEqual(server.requests.filter((r) => r.status >= 500 || r.version !== version.name), []);
    });
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";

const { SAIL_BASE_URL: base, SAIL_CLIENT_ID: client_id, SAIL_CLIENT_SECRET: client_secret } = process.env;

test("the sessions of the organisation, and one of its own", async () => {
  const granted = await fetch(`${base}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "client_credentials", client_id, client_secret }),
  });
  const { access_token } = await granted.json();
  const headers = { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json", "X-SailPoint-Experimental": "true" };
  const sessions = `${base}/v2026/role-mining-sessions`;
  const created = await fetch(sessions, { method: "POST", headers, body: JSON.stringify({ name: "Of a pipeline", minNumIdentitiesInPotentialRole: 20 }) });
  assert.equal(created.status, 201);
  const found = await (await fetch(sessions, { headers })).json();
  assert.ok(found.some((session) => session.name === "Of a pipeline"));
});

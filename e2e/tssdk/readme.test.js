// The README's example for this SDK, and what it says of the environment.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { before, after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { repositoryFile, Server } from "./server.js";

const here = fileURLToPath(new URL(".", import.meta.url));

// node runs a program that node_modules of this directory are for.
const run = (program, env = {}) =>
  spawnSync(process.execPath, ["--input-type=module"], { cwd: here, input: program, encoding: "utf8", env: { ...process.env, ...env } });

describe("the README", { timeout: 120_000 }, () => {
  let server;
  before(async () => {
    server = await Server.start();
  });
  after(() => server.stop());

  const program = repositoryFile("e2e/tssdk/readme/readme.ts");

  it("has the example of readme/readme.ts", () => {
    const section = repositoryFile("README.md").split("\n## With the official SDKs\n")[1];
    const example = section.split("\n```ts\n")[1].split("\n```\n")[0];
    assert.ok(program.startsWith(`${example}\n`), `readme/readme.ts does not begin with the README's example:\n${example}`);
  });

  it("has an example that TypeScript takes", () => {
    const compiler = fileURLToPath(import.meta.resolve("typescript/lib/tsc.js"));
    execFileSync(process.execPath, [compiler, "--project", "readme"], { cwd: here, stdio: "inherit" });
  });

  it("has an example that runs", () => {
    const { status, stdout, stderr } = run(program.replaceAll("http://127.0.0.1:8080", server.url));
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^RM Session - 07\/10$/m);
  });

  it("is right about the environment", () => {
    const { status, stdout, stderr } = run(
      `import { Configuration, IAIRoleMiningBetaApi } from "sailpoint-api-client";
       const { data } = await new IAIRoleMiningBetaApi(new Configuration()).getRoleMiningSessions();
       console.log(data.map((session) => session.name).join("\\n"));`,
      { SAIL_BASE_URL: server.url, SAIL_CLIENT_ID: server.id, SAIL_CLIENT_SECRET: server.secret },
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^RM Session - 07\/10$/m);
  });
});

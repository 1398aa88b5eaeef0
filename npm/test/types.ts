// Compiled, never run: the types let a test be written, and keep mistakes out.
import { test } from "node:test";

import { connect, startMockServer, type MockServer, type Tenant } from "mockserver-node";

export async function example(): Promise<string> {
  const server: MockServer = await startMockServer({ flags: ["--seed", "two"] });
  await server.faults({ operation: "*", connection: "reset", probability: 0.1 });
  await server.verify({ operation: "getToken", atLeast: 1 });
  await server.verify({ sequence: [{ operation: "getToken" }, { status: "4xx" }] });
  // @ts-expect-error a rule needs an operation
  await server.faults({ status: 500 });
  // @ts-expect-error it does not say how often
  await server.verify({ operation: "getToken" });
  await server.verify({ status: [429, "5xx"], version: "v2026", never: true });
  await server.set({ auth: "strict", stageDelay: "1s" });
  // @ts-expect-error there is no such setting
  await server.set({ seed: "two" });
  // @ts-expect-error a version that there is not
  await server.faults({ operation: "*", version: "v2023", status: 500 });
  const own = await server.tenant("own");
  await own.waitSession("id", { timeout: "10s" });
  await own.waitProvision("id", "COMPLETE");
  // @ts-expect-error a timeout is a duration
  await own.waitExport("id", { timeout: 10 });
  // @ts-expect-error an id is needed
  await own.waitSession();
  const moved: number = await own.step();
  const year: number = (await own.now()).getFullYear() + moved;
  const sent: Date | undefined = (await own.outbox())[year]?.createdDate;
  await own.remove();
  await server.stop();
  return own.url + sent;
}

test("the context of a test is what forTest takes", async (t) => {
  const running: Tenant = await connect("http://127.0.0.1:8080", { controlUrl: "http://127.0.0.1:9090", within: 1000 });
  const own: Tenant = await running.forTest(t);
  // @ts-expect-error only who has started it can stop it
  await running.stop();
  // @ts-expect-error it is no context
  await own.forTest("a name");
});

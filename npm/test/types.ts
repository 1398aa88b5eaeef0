// Compiled, never run: the types let a test be written, and keep mistakes out.
import { startMockServer, type MockServer } from "mockserver-node";

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
  await own.remove();
  await server.stop();
  return own.url;
}

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
  const own = await server.tenant("own");
  await own.remove();
  await server.stop();
  return own.url;
}

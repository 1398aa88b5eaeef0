// The versions of the API that the SDK knows, and what differs between them.

import { IAIRoleMiningBetaApi, IAIRoleMiningV2024Api } from "sailpoint-api-client";

export const versions = [
  {
    name: "beta",
    Api: IAIRoleMiningBetaApi,
    suffix: "Beta",
    renamed: { patchPotentialRole: "patchRoleMiningPotentialRole" },
    patchSessionRole: (api, sessionId, potentialRoleId, patchPotentialRoleRequestInnerBeta) =>
      api.patchPotentialRole({ sessionId, potentialRoleId, patchPotentialRoleRequestInnerBeta }),
    patchAnyRole: (api, potentialRoleId, patchPotentialRoleRequestInnerBeta) =>
      api.patchRoleMiningPotentialRole({ potentialRoleId, patchPotentialRoleRequestInnerBeta }),
  },
  {
    name: "v2024",
    Api: IAIRoleMiningV2024Api,
    suffix: "V2024",
    renamed: {},
    patchSessionRole: (api, sessionId, potentialRoleId, patchPotentialRoleRequestInnerV2024) =>
      api.patchPotentialRole({ sessionId, potentialRoleId, patchPotentialRoleRequestInnerV2024, ...experimental }),
    // The SDK demands a session id here, and drops it.
    patchAnyRole: (api, potentialRoleId, patchPotentialRoleRequestInnerV2024) =>
      api.patchPotentialRole_1({ sessionId: "no such session", potentialRoleId, patchPotentialRoleRequestInnerV2024, ...experimental }),
  },
];

/** What the SDK's types demand in some calls of v2024; beta does without it. */
export const experimental = { xSailPointExperimental: "true" };

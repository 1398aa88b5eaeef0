import { Configuration, IAIRoleMiningV2024Api } from "sailpoint-api-client";

const configuration = new Configuration({
  baseurl: "http://127.0.0.1:8080",
  tokenUrl: "http://127.0.0.1:8080/oauth/token",
  clientId: "me",
  clientSecret: "secret",
});
configuration.experimental = true;
const { data } = await new IAIRoleMiningV2024Api(configuration).getRoleMiningSessions({ xSailPointExperimental: "true" });

for (const session of data) {
  console.log(session.name);
}

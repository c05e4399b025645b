// Outlook keeps the provider contract.
import { describeProviderContract } from "../contract/provider.ts";
import { makeMicrosoftWorld } from "./microsoft-world.ts";

describeProviderContract({ name: "Outlook", makeWorld: () => makeMicrosoftWorld("OUTLOOK") });

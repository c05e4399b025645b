// Outlook keeps the provider contract.
import { describeProviderContract } from "../contract/provider.ts";
import { makeMicrosoftWorld } from "../contract/worlds/microsoft.ts";

describeProviderContract({ name: "Outlook", makeWorld: () => makeMicrosoftWorld("OUTLOOK") });

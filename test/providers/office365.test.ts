// Office 365 keeps the provider contract.
import { describeProviderContract } from "../contract/provider.ts";
import { makeMicrosoftWorld } from "../contract/worlds/microsoft.ts";

describeProviderContract({ name: "Office 365", makeWorld: () => makeMicrosoftWorld("OFFICE365") });

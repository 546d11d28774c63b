// Tells which needs of the tests this machine meets: each with null, or with the reason why not. Run as a program by the campaigns.
import { allNeeds, missing } from './probes.js';

process.stdout.write(JSON.stringify(Object.fromEntries(allNeeds.map((need) => [need, missing(need)]))));

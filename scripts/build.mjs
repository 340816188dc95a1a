// Builds dist/ by tsdown.config.ts.
import { build } from 'tsdown';

await build({ logLevel: 'error' });

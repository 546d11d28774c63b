export { ContributionModule } from './contribution.module.js';

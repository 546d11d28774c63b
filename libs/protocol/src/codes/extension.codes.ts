// Refusals and failures of installing, enabling and removing extensions, and of finding their packages.
import type { CodeEntry } from './code.js';

export const extensionCodes = {
  EXTENSION_SNAPSHOT_STALE: {
    kind: 'unavailable',
    message: 'Installations and grants cannot be told for sure now: {reason}.',
    next: 'Try again in a moment; nothing is allowed on an old view of the grants.',
  },
  EXTENSION_PACKAGE_UNKNOWN: {
    kind: 'missing',
    message: 'No package {extension} {version} is registered; registered versions: {known}.',
    next: 'Put the package into an extensions folder and rescan, or name a registered version.',
  },
  EXTENSION_VERSION_TAKEN: {
    kind: 'conflict',
    message:
      '{extension} {version} is registered with other content ({registered}) than {folder} holds ({found}): a version never changes.',
    next: 'Raise the version in extension.json and rescan.',
  },
  EXTENSION_SOURCE_NOT_ALLOWED: {
    kind: 'denied',
    message: 'The source folder {folder} is not built here: {reason}.',
    next: 'Package it with its bundle, or run with KARI_MODE=development and listen on a loopback address.',
  },
  EXTENSION_FOLDER_REFUSED: {
    kind: 'invalid',
    message: '{folder} cannot be used as a package: {reason}.',
    next: 'A package is a folder of its own, not a link, that this server may read and that holds extension.json.',
  },
  EXTENSION_ID_TWICE: {
    kind: 'conflict',
    message: '{extension} {version} is in two folders with different content: {folder} and {other}.',
    next: 'Keep one of them, or give one another version.',
  },
  EXTENSION_CONSENT_REQUIRED: {
    kind: 'denied',
    message: '{extension} {version} asks for permissions that were not consented to: {missing}.',
    next: 'Read the reasons with previewInstall, then repeat with the ids you consent to.',
  },
  EXTENSION_CONSENT_UNKNOWN: {
    kind: 'invalid',
    message: '{extension} {version} does not ask for {unknown}.',
    next: 'Consent to exactly the ids that previewInstall lists for this version.',
  },
  EXTENSION_CONSENT_OUTDATED: {
    kind: 'conflict',
    message: '{extension} {version} asks for more than was consented to: {added}. Its package changed in between.',
    next: 'Look at it with previewInstall and install it again.',
  },
  EXTENSION_NOT_INSTALLED: {
    kind: 'missing',
    message: '{extension} is not installed in this tenant.',
    next: 'Install it first.',
  },
  EXTENSION_OTHER_VERSION_INSTALLED: {
    kind: 'conflict',
    message: '{extension} {installed} is installed; {wanted} was asked for.',
    next: 'Change the version with upgradeExtension, or go back with rollBackExtension.',
  },
  EXTENSION_INSTALL_RUNNING: {
    kind: 'conflict',
    message: '{extension} {version} is being installed.',
    next: 'Wait until it is done, or take it back with cancelInstall.',
  },
  EXTENSION_INSTALL_NOT_RUNNING: {
    kind: 'conflict',
    message: 'No install of {extension} is under way; it is {status}.',
    next: 'To take an installed extension away, remove it.',
  },
  EXTENSION_INSTALL_CANCELLED: {
    kind: 'cancelled',
    message: 'The install of {extension} was cancelled.',
    next: 'Nothing; this was asked for.',
  },
  EXTENSION_BUSY: {
    kind: 'conflict',
    message: '{extension} is {status} right now.',
    next: 'Wait until that is done, then try again.',
  },
  EXTENSION_HAS_DEPENDENTS: {
    kind: 'conflict',
    message: '{extension} is needed by {dependents}.',
    next: 'Disable or remove those first.',
  },
  EXTENSION_DEPENDENCY_MISSING: {
    kind: 'conflict',
    message: '{extension} cannot be enabled here: {cures}',
    next: 'Do what is named for each, then try again.',
  },
  EXTENSION_SAFE_BOOT: {
    kind: 'unavailable',
    message: 'The platform runs in safe boot: no extension is started, so {extension} cannot be installed or enabled.',
    next: 'Disable or remove what causes trouble, then restart without KARI_SAFE_BOOT.',
  },
  EXTENSION_PACKAGE_DAMAGED: {
    kind: 'failed',
    message: 'What is stored of {extension} {version} is not what was registered: {file}, {reason}',
    next: 'Rescan the extensions folder, then install again.',
  },
  EXTENSION_UNHEALTHY: {
    kind: 'failed',
    message: '{extension} started but says that it is not healthy: {reason}.',
    next: 'Cure what it names, then install it again.',
  },
  EXTENSION_STEP_DEADLINE: {
    kind: 'deadline',
    message: 'A step for {extension} was not done in time ({milliseconds} ms were left).',
    next: 'Look at the log of the extension, then try again.',
  },
  EXTENSION_STEP_FAILED: {
    kind: 'failed',
    message: 'A step of installing {extension} failed inside the platform.',
    next: 'Report the correlation id to the operator.',
  },
  EXTENSION_PLAN_CONFLICT: {
    kind: 'conflict',
    message: 'These changes cannot be granted together: {explanation}',
    next: 'One of these would do: {cures}',
  },
  EXTENSION_PLAN_MOVED: {
    kind: 'conflict',
    message: 'What the plan was made on is no longer so: {moved}. Nothing was done.',
    next: 'Plan the changes again with planChanges, look at what is different, and execute that plan.',
  },
  EXTENSION_PLAN_RUNNING: {
    kind: 'conflict',
    message: 'The plan {plan} of this tenant is under way.',
    next: 'Wait until it is done (planProgress), or take it back with cancelPlan.',
  },
  EXTENSION_PLAN_UNKNOWN: {
    kind: 'missing',
    message: 'No plan {plan} is under way in this tenant.',
    next: 'Ask planProgress for the one that is.',
  },
  EXTENSION_PLAN_BREAKS: {
    kind: 'conflict',
    message: 'The plan would break who uses the plugin {plugin}: {reason}',
    next: '{cure}',
  },
  EXTENSION_PLAN_NO_ORDER: {
    kind: 'conflict',
    message: 'No order of steps lets {extensions} change, and they cannot take over as one either: {reasons}',
    next: 'Upgrades that only fit together are one step; what is installed, enabled, disabled or removed cannot be part of one. Do it in several plans: disable or remove what is named first, and bring it back afterwards.',
  },
  EXTENSION_PLAN_CONSENT_STRANGE: {
    kind: 'invalid',
    message: 'Consent was given for {extension}, which the plan does not bring.',
    next: 'Consent to exactly what the plan lists.',
  },
  EXTENSION_PLAN_HELD: {
    kind: 'conflict',
    message: 'The upgrade of {extension} to {version} would have to wait: {items}. A plan does not wait: it was taken back.',
    next: 'Plan the changes again with planChanges: it names whom they would break, and what to do.',
  },
  EXTENSION_PLAN_STEP_LOST: {
    kind: 'conflict',
    message: '{extension} went back from {from} to {version} while the plan was under way: {why}',
    next: 'Nothing of the plan stays. Look at the health of the extension, then plan again without that version.',
  },
  EXTENSION_PLAN_CROSSED: {
    kind: 'conflict',
    message: '{extension} was changed by somebody else while a plan worked on it.',
    next: 'Look at the history of the extension, then plan again.',
  },
  EXTENSION_UPGRADE_CANCELLED: {
    kind: 'cancelled',
    message: 'The upgrade of {extension} to {version} was cancelled.',
    next: 'Nothing; this was asked for.',
  },
  EXTENSION_UPGRADE_NEEDS_PLAN: {
    kind: 'conflict',
    message:
      '{extension} {version} needs other extensions to change, which planChanges brings along and an upgrade alone does not: {cures}',
    next: 'Ask planChanges for the upgrade: it lists them all with the consent that each asks for; then execute that plan.',
  },
  EXTENSION_UPGRADE_RUNNING: {
    kind: 'conflict',
    message: 'An upgrade of {extension} to {version} is under way.',
    next: 'Wait until it is done, consent to what it waits for, or end it with cancelUpgrade.',
  },
  EXTENSION_UPGRADE_TOGETHER: {
    kind: 'conflict',
    message: '{extension} is about to take over together with {others}: none of them changes by itself now.',
    next: 'Try again in a moment, when all of them have; or end it for all of them with cancelPlan.',
  },
  EXTENSION_GROUP_PARTED: {
    kind: 'conflict',
    message:
      '{extension} came to its version together with {moved}, which went on since: going back would leave them with a version that is not there any more.',
    next: 'Roll back {moved} first, then {extension}; or go on with a newer version.',
  },
  EXTENSION_UPGRADE_NOT_RUNNING: {
    kind: 'conflict',
    message: 'No upgrade of {extension} is under way; {version} is installed.',
    next: 'To go back to the version before, use rollBackExtension.',
  },
  EXTENSION_UPGRADE_NOT_HELD: {
    kind: 'conflict',
    message: 'No upgrade of {extension} waits for consent.',
    next: 'Look at what an upgrade would ask for with previewUpgrade.',
  },
  EXTENSION_UPGRADE_OBSTRUCTED: {
    kind: 'conflict',
    message: '{extension} cannot change to {version} here: {cures}',
    next: 'Do what is named for each, then try again.',
  },
  EXTENSION_VERSION_OLDER: {
    kind: 'conflict',
    message: '{extension} {installed} is installed; {wanted} is older.',
    next: 'An older version is reached by rollBackExtension alone, and only the one that was installed before.',
  },
  EXTENSION_VERSION_DISCARDED: {
    kind: 'conflict',
    message: '{extension} {version} was rolled back in this tenant, so no wish for all tenants brings it again.',
    next: 'An operator of the tenant may ask for it with upgradeExtension.',
  },
  EXTENSION_NO_FORMER_VERSION: {
    kind: 'conflict',
    message: '{extension} has no version before {version} in this tenant.',
    next: 'Only what was installed here before an upgrade can be gone back to.',
  },
  EXTENSION_WISH_STANDS: {
    kind: 'conflict',
    message: '{extension} {version} is wished for all tenants already.',
    next: 'Wish for a newer version, or withdraw that wish before you make another.',
  },
} as const satisfies Record<string, CodeEntry>;

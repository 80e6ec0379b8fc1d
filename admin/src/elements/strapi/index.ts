export { useClipboard, useFetchClient } from '@strapi/helper-plugin';
export { Box, Flex, Typography, VisuallyHidden } from '@strapi/design-system';
export { Dialog, IconButton, SelectField, TextField, ToggleField, UserLink } from './components';
export { useNotify, usePermissions, useUrlParameter } from './hooks';
export { LeavePrompt, PageLoader, RequirePermissions, SettingsPage, Tabs } from './page';
export { addUserPanel, SETTINGS_LINKS } from './plugin';

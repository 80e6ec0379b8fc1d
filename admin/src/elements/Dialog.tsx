import { Dialog as DesignDialog, DialogBody, DialogFooter } from '@strapi/design-system';
import { useId } from 'react';
import { StrapiIcon } from './Icon';
import type { Elements } from './types';

export const Dialog: Elements['Dialog'] = ({
  title,
  children,
  onClose,
  startAction,
  endAction,
}) => {
  const id = useId();
  return (
    <DesignDialog isOpen onClose={onClose} title={title} id={id}>
      <DialogBody icon={<StrapiIcon name="warning" />}>{children}</DialogBody>
      <DialogFooter startAction={startAction} endAction={endAction} />
    </DesignDialog>
  );
};

// Read models through the API: see them, compare them, rebuild them while the old one serves.
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Operation } from '@kari/platform/graphql';
import { Views } from '../views.js';
import { ParkedKeyType, ViewHashType, ViewType } from './view.graphql.js';

const subject = ({ name }: { readonly name: string }): string => `view:${name}`;

@Resolver()
export class ViewResolver {
  constructor(private readonly readModels: Views) {}

  @Query(() => [ViewType], { description: 'Every read model and how far it is.' })
  @Operation({ right: 'platform.read', scope: 'platform', audit: 'entry' })
  views(): Promise<readonly ViewType[]> {
    return this.readModels.list();
  }

  @Query(() => ViewHashType, { description: 'Hash of the live table: compare it before and after a rebuild.' })
  @Operation({ right: 'platform.read', scope: 'platform', audit: 'entry', subject })
  viewHash(@Args('name', { type: () => String }) name: string): Promise<ViewHashType> {
    return this.readModels.hashOf(name);
  }

  @Query(() => [ParkedKeyType], { description: 'Rows that stand still because an event could not be folded.' })
  @Operation({ right: 'platform.read', scope: 'platform', audit: 'entry' })
  parkedKeys(): Promise<readonly ParkedKeyType[]> {
    return this.readModels.parked();
  }

  @Mutation(() => ViewType, { description: 'Builds the view from zero beside the live one and swaps when it has caught up.' })
  @Operation({ right: 'view.rebuild', scope: 'platform', audit: 'entry', subject })
  rebuildView(@Args('name', { type: () => String }) name: string): Promise<ViewType> {
    return this.readModels.rebuild(name);
  }

  @Mutation(() => ViewType, { description: 'Tries a parked row again, with everything that waits behind it.' })
  @Operation({ right: 'view.rebuild', scope: 'platform', audit: 'entry', subject })
  redriveView(@Args('name', { type: () => String }) name: string, @Args('key', { type: () => String }) key: string): Promise<ViewType> {
    return this.readModels.redrive(name, key);
  }
}

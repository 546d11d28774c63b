import { Module } from '@nestjs/common';
import { Samples } from '../startup/samples.js';
import { ViewResolver } from './view.resolver.js';

@Module({ providers: [Samples, ViewResolver], exports: [Samples] })
export class OperationsModule {}

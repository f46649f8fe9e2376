/* SPDX-License-Identifier: MIT */
#pragma once

#include "host/names.h"

/* The name service answers what it was asked. */
void fake_names_answer(Names *names);

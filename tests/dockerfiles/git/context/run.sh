#!/bin/sh
wc -l /app/data/numbers

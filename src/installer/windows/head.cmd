@echo off
setlocal EnableExtensions DisableDelayedExpansion
chcp 65001 >nul

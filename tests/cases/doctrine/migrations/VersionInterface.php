<?php
namespace DoctrineMigrations;
interface VersionInterface {}

<?php
namespace DoctrineMigrations;
abstract class Helper {}

<?php
/* Loads WordPress for a script on the command line, as a request for the site's own host. */
$_SERVER['HTTP_HOST']      = parse_url( getenv( 'WP_SITE_URL' ), PHP_URL_HOST ) . ':' . parse_url( getenv( 'WP_SITE_URL' ), PHP_URL_PORT );
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI']    = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
require getcwd() . '/wp-load.php';

<?php
/* php theme.php SLUG: show the site in another theme. */
require __DIR__ . '/bootstrap.php';
if ( ! wp_get_theme( $argv[1] )->exists() ) {
	fwrite( STDERR, "no theme {$argv[1]}\n" );
	exit( 1 );
}
switch_theme( $argv[1] );
echo get_stylesheet();
